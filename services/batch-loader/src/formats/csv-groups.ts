/** The lines of one row: several where a quoted field has line ends in it. */
export interface Group {
  readonly start: number
  /** Without the line end. */
  readonly end: number
  /** Where what follows begins. */
  readonly next: number
  readonly lines: number
  /** Where its second line begins; `next` where it has one. */
  readonly second: number
}

export interface Marks {
  /** Byte of the quote. */
  readonly quote: number
  /** Byte that ends a line: \n, or \r where the file has no other. */
  readonly newline: number
}

/**
 * The row that begins at `start`: a quote within quotes is doubled (RFC 4180), so a row is over at the first line end behind an even
 * number of quotes.
 *
 * @param isLast whether nothing comes behind these bytes
 * @returns undefined where the end is not among the bytes
 */
export function groupAt(
  bytes: Buffer,
  start: number,
  { quote, newline }: Marks,
  isLast: boolean,
): Group | undefined {
  let lines = 0
  let second = 0
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === quote) {
      // what is within quotes may be megabytes, where one is stray
      const close = bytes.indexOf(quote, at + 1)
      if (close < 0) return undefined
      for (let within = at + 1; within < close; within++) {
        if (bytes[within] !== newline) continue
        lines++
        if (lines === 1) second = within + 1
      }
      at = close
    } else if (byte === newline) {
      lines++
      if (lines === 1) second = at + 1
      return { start, end: withoutReturn(bytes, start, at), next: at + 1, lines, second }
    }
  }
  if (!isLast || start >= bytes.length) return undefined
  const end = bytes.length
  return {
    start,
    end: withoutReturn(bytes, start, end),
    next: end,
    lines: lines + 1,
    second: lines === 0 ? end : second,
  }
}

/** The first line at `start` as a row, whatever its quotes; undefined where it does not end. */
export function lineAt(bytes: Buffer, start: number, { newline }: Marks, isLast: boolean): Group | undefined {
  const found = bytes.indexOf(newline, start)
  if (found < 0 && (!isLast || start >= bytes.length)) return undefined
  const end = found < 0 ? bytes.length : found
  const next = found < 0 ? end : found + 1
  return { start, end: withoutReturn(bytes, start, end), next, lines: 1, second: next }
}

function withoutReturn(bytes: Buffer, start: number, end: number): number {
  return end > start && bytes[end - 1] === 0x0d ? end - 1 : end
}
