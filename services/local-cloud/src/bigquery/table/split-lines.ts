const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const BACKSLASH = 0x5c
const NEWLINE = 0x0a
const OPENING = 0x7b
const CLOSING = 0x7d
const OPENING_LIST = 0x5b
const CLOSING_LIST = 0x5d
const SPACE = 0x20

/**
 * Splits lines, each an object of JSON, by the names of its members: as many lines a part as there were, each with the members of that
 * part, in their order and in the same bytes. Members whose names no part has are left out.
 *
 * @param parts the names of each
 */
export function splitLines(bytes: Buffer, parts: readonly (readonly string[])[]): Buffer[] {
  const partOf = new Map(parts.flatMap((names, part) => names.map((name) => [name, part] as const)))
  const splits = parts.map(() => new Split(bytes))
  const member = (name: string, start: number, end: number) => {
    const part = partOf.get(name)
    if (part !== undefined) splits[part]!.add(start, end)
  }
  const endLine = (isLast: boolean) => {
    for (const split of splits) split.endLine(isLast)
  }
  readLines(bytes, member, endLine)
  return splits.map((split) => split.take())
}

/** Adds the names of all members of lines. As objects of JavaScript lines of thousands of members take many times their bytes. */
export function addNames(names: Set<string>, bytes: Buffer): void {
  readLines(bytes, (name) => names.add(name))
}

/** @param member is told where each begins and where what is behind it stands @param endLine is told whether the line is the last one */
function readLines(
  bytes: Buffer,
  member: (name: string, start: number, end: number) => void,
  endLine: (isLast: boolean) => void = () => {},
): void {
  let at = 0
  while (at < bytes.length) {
    at = skipSpace(bytes, at)
    if (bytes[at] !== OPENING) throw new Error(`a line is no object of JSON, at byte ${at}`)
    at = skipSpace(bytes, at + 1)
    while (bytes[at] !== CLOSING) {
      const start = at
      const keyEnd = endOfText(bytes, at)
      at = endOfValue(bytes, keyEnd)
      member(nameOf(bytes, start, keyEnd), start, at)
      if (bytes[at] === COMMA) at = skipSpace(bytes, at + 1)
      else if (bytes[at] !== CLOSING) throw new Error(`an object of JSON does not end, at byte ${at}`)
    }
    at++
    while (at < bytes.length && bytes[at] !== NEWLINE) at++
    endLine(at >= bytes.length)
    at++
  }
}

/** The lines of one part. */
class Split {
  readonly #from: Buffer
  #bytes: Buffer
  #at = 0
  #isEmpty = true
  /** Members that stand behind each other are copied at once. */
  #start = 0
  #end = 0

  constructor(from: Buffer) {
    this.#from = from
    this.#bytes = Buffer.allocUnsafe(1024)
    this.#byte(OPENING)
  }

  add(start: number, end: number): void {
    if (this.#end > 0 && start === this.#end + 1) {
      this.#end = end
      return
    }
    this.#copy()
    this.#start = start
    this.#end = end
  }

  endLine(isLast: boolean): void {
    this.#copy()
    this.#byte(CLOSING)
    if (isLast) return
    this.#byte(NEWLINE)
    this.#byte(OPENING)
    this.#isEmpty = true
  }

  take(): Buffer {
    return this.#bytes.subarray(0, this.#at)
  }

  #copy(): void {
    if (this.#end === 0) return
    if (!this.#isEmpty) this.#byte(COMMA)
    this.#reserve(this.#end - this.#start)
    this.#at += this.#from.copy(this.#bytes, this.#at, this.#start, this.#end)
    this.#isEmpty = false
    this.#end = 0
  }

  #byte(byte: number): void {
    this.#reserve(1)
    this.#bytes[this.#at++] = byte
  }

  #reserve(more: number): void {
    if (this.#at + more <= this.#bytes.length) return
    const wider = Buffer.allocUnsafe(Math.max(this.#at + more, this.#bytes.length * 2))
    this.#bytes.copy(wider, 0, 0, this.#at)
    this.#bytes = wider
  }
}

function skipSpace(bytes: Buffer, start: number): number {
  let at = start
  while (bytes[at]! <= SPACE) at++
  return at
}

/** @returns behind its closing quote */
function endOfText(bytes: Buffer, start: number): number {
  if (bytes[start] !== QUOTE) throw new Error(`no text of JSON, at byte ${start}`)
  for (let at = start + 1; at < bytes.length; at++) {
    if (bytes[at] === BACKSLASH) at++
    else if (bytes[at] === QUOTE) return at + 1
  }
  throw new Error(`a text of JSON does not end, at byte ${start}`)
}

function nameOf(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString('utf8', start, end)
  return text.includes('\\') ? (JSON.parse(text) as string) : text.slice(1, -1)
}

/** @param start behind the name @returns where the comma or the brace behind the value stands */
function endOfValue(bytes: Buffer, start: number): number {
  let depth = 0
  let at = skipSpace(bytes, start)
  if (bytes[at] !== COLON) throw new Error(`a name of JSON without a value, at byte ${at}`)
  for (at++; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === QUOTE) at = endOfText(bytes, at) - 1
    else if (byte === OPENING || byte === OPENING_LIST) depth++
    else if (depth === 0) {
      if (byte === COMMA || byte === CLOSING) return at
    } else if (byte === CLOSING || byte === CLOSING_LIST) depth--
  }
  throw new Error(`a value of JSON does not end, at byte ${start}`)
}
