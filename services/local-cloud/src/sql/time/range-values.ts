import { microsOf, microsOfParts } from './read-time.ts'

/** A RANGE; microseconds since 1970, without an end that is UNBOUNDED. */
export interface Range {
  readonly start?: bigint
  readonly end?: bigint
}

/** What INTERVALs are made of. */
interface Step {
  readonly months: bigint
  readonly days: bigint
  readonly micros: bigint
}

const UNBOUNDED = 'UNBOUNDED'
const SECOND = 1_000_000n
const DAY = 86_400n * SECOND
/** Ranges that GENERATE_RANGE_ARRAY makes at most: they are in memory together. */
const MOST_RANGES = 100_000n

/** The type that its ends have. @param text as it is kept: `[2026-01-01, UNBOUNDED)` */
export function elementOf(text: string): string {
  const end = textsOf(text).find((each) => each !== UNBOUNDED) ?? ''
  return end.endsWith('Z') ? 'TIMESTAMP' : end.includes('T') ? 'DATETIME' : 'DATE'
}

/** @param text as it is kept */
export function readRange(text: string): Range {
  const kind = elementOf(text)
  const [start, end] = textsOf(text).map((each) =>
    each === UNBOUNDED ? undefined : microsOf(kind, each, 'UTC'),
  )
  return rangeOf(start, end)
}

/** A RANGE as it is kept (bigquery/values/special-values.ts). @throws Error unless it ends behind its start */
export function writeRange(kind: string, { start, end }: Range): string {
  const text = `[${endText(kind, start)}, ${endText(kind, end)})`
  if (start !== undefined && end !== undefined && start >= end)
    throw new Error(`Range start element must be less than range end element: ${text}`)
  return text
}

/**
 * Reads what is written as a RANGE (lexical structure: range literals).
 *
 * @param isLiteral one blank stands behind the comma, and no other beside the ends; else there may be any
 * @throws Error where it is none
 */
export function parseRange(kind: string, text: string, isLiteral: boolean): string {
  const pattern = isLiteral ? /^\[([^\s,][^,]*), ([^\s,][^,]*)\)$/ : /^\[([^,]*),([^,]*)\)$/
  const ends = pattern.exec(text)?.slice(1)
  if (!ends || (isLiteral && ends.some((each) => each !== each.trim())))
    throw new Error(`Failed to parse range: range must be formatted exactly as [START, END) (found ${text})`)
  const [start, end] = ends.map((each) => parseEnd(kind, each.trim()))
  return writeRange(kind, rangeOf(start, end))
}

function parseEnd(kind: string, text: string): bigint | undefined {
  if (/^(unbounded|null)$/i.test(text)) return undefined
  const micros = microsOf(kind, text, 'UTC')
  if (micros === undefined) throw new Error(`Invalid ${kind.toLowerCase()} value in a range: '${text}'`)
  return micros
}

const rangeOf = (start: bigint | undefined, end: bigint | undefined): Range => ({
  ...(start !== undefined && { start }),
  ...(end !== undefined && { end }),
})

const textsOf = (text: string): string[] => text.slice(1, -1).split(', ')

function endText(kind: string, micros: bigint | undefined): string {
  if (micros === undefined) return UNBOUNDED
  const fraction = ((micros % SECOND) + SECOND) % SECOND
  const iso = new Date(Number((micros - fraction) / 1000n)).toISOString()
  if (kind === 'DATE') return iso.slice(0, 10)
  const digits = `.${String(fraction).padStart(6, '0')}`
  if (kind === 'TIMESTAMP') return `${iso.slice(0, 19)}${digits}Z`
  return fraction === 0n ? iso.slice(0, 19) : `${iso.slice(0, 19)}${digits}`
}

/** The start of two that is later, and the end of two that is sooner: a start that is UNBOUNDED is the first of all, an end the last. */
export function intersection(a: Range, b: Range): Range | undefined {
  const start = a.start === undefined || (b.start !== undefined && b.start > a.start) ? b.start : a.start
  const end = a.end === undefined || (b.end !== undefined && b.end < a.end) ? b.end : a.end
  return start !== undefined && end !== undefined && start >= end ? undefined : rangeOf(start, end)
}

export function holds({ start, end }: Range, micros: bigint): boolean {
  return (start === undefined || start <= micros) && (end === undefined || micros < end)
}

export function covers(outer: Range, inner: Range): boolean {
  const both = intersection(outer, inner)
  return both !== undefined && both.start === inner.start && both.end === inner.end
}

/**
 * The ranges that follow each other, each one step of an INTERVAL long (range functions: GENERATE_RANGE_ARRAY). Each step is counted
 * from the start: a month behind the last of January is the last of February, two months the last of March.
 *
 * @param isPartIn whether the last one may be shorter
 * @throws Error for a step or a range that is not to be split so
 */
export function split(kind: string, { start, end }: Range, step: Step, isPartIn: boolean): string[] {
  if (start === undefined || end === undefined) throw new Error('input RANGE cannot have UNBOUNDED endpoints')
  checkStep(kind, step)
  if (step.months === 0n && (end - start) / (step.days * DAY + step.micros) > MOST_RANGES)
    throw new Error(`local-cloud makes ${MOST_RANGES} ranges of one at most`)
  const made: string[] = []
  let from = start
  for (let count = 1n; ; count++) {
    const to = behind(start, step, count)
    if (to === undefined || to >= end) {
      if (to === end || isPartIn) made.push(writeRange(kind, { start: from, end }))
      return made
    }
    made.push(writeRange(kind, { start: from, end: to }))
    from = to
  }
}

function checkStep(kind: string, { months, days, micros }: Step): void {
  if (kind === 'TIMESTAMP' && months !== 0n)
    throw new Error('step with non-zero MONTH or YEAR part is not supported')
  if (kind === 'DATE' && micros !== 0n)
    throw new Error('step with non-zero (H:M:S[.F]) part is not supported')
  if (months !== 0n && (days !== 0n || micros !== 0n))
    throw new Error('step should either have the Y-M part or the others')
  if (months < 0n || days < 0n || micros < 0n) throw new Error('step cannot be negative')
  if (months === 0n && days === 0n && micros === 0n) throw new Error('step cannot be 0')
}

/** So many steps behind it; undefined behind the year 9999. */
function behind(start: bigint, { months, days, micros }: Step, count: bigint): bigint | undefined {
  if (months === 0n) return start + count * (days * DAY + micros)
  const clock = ((start % DAY) + DAY) % DAY
  const day = new Date(Number((start - clock) / 1000n))
  const month = day.getUTCFullYear() * 12 + day.getUTCMonth() + Number(count * months)
  const [year, place] = [Math.floor(month / 12), (month % 12) + 1]
  const first = microsOfParts(year, place, 1, 0, 0, 0, 0)
  if (first === undefined) return undefined
  const last = new Date(Number(first / 1000n))
  last.setUTCMonth(place, 0)
  return first + BigInt(Math.min(day.getUTCDate(), last.getUTCDate()) - 1) * DAY + clock
}
