import { microsOfParts, utcOf } from './read-time.ts'

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const LONG = 'january february march april may june july august september october november december'.split(
  ' ',
)
const WEEKDAYS = '(?:sunday|monday|tuesday|wednesday|thursday|friday|saturday|sun|mon|tue|wed|thu|fri|sat)'
const SHORTCUTS: Readonly<Record<string, string>> = {
  F: '%Y-%m-%d',
  T: '%H:%M:%S',
  R: '%H:%M',
  D: '%m/%d/%y',
  x: '%m/%d/%y',
  X: '%H:%M:%S',
  c: '%a %b %e %H:%M:%S %Y',
}
const PATTERNS: Readonly<Record<string, string>> = {
  Y: '(\\d{1,4})',
  E4Y: '(\\d{4})',
  y: '(\\d{1,2})',
  C: '(\\d{1,2})',
  m: '(\\d{1,2})',
  d: '(\\d{1,2})',
  e: '\\s*(\\d{1,2})',
  j: '(\\d{1,3})',
  H: '(\\d{1,2})',
  k: '\\s*(\\d{1,2})',
  I: '(\\d{1,2})',
  l: '\\s*(\\d{1,2})',
  M: '(\\d{1,2})',
  S: '(\\d{1,2})',
  'E*S': '(\\d{1,2}(?:\\.\\d{1,6})?)',
  s: '(-?\\d+)',
  p: '(am|pm)',
  P: '(am|pm)',
  B: `(${[...LONG, ...MONTHS].join('|')})`,
  b: `(${[...LONG, ...MONTHS].join('|')})`,
  h: `(${[...LONG, ...MONTHS].join('|')})`,
  A: `(${WEEKDAYS})`,
  a: `(${WEEKDAYS})`,
  z: '([+-]\\d{1,2}:?\\d{2}|Z)',
  Ez: '([+-]\\d{1,2}:?\\d{2}|Z)',
  Z: '([A-Za-z][A-Za-z0-9_/+-]*)',
}

interface Reader {
  readonly pattern: RegExp
  readonly elements: readonly string[]
}
const readers = new Map<string, Reader>()

/** Microseconds since 1970 of a text in a format. @throws Error where it does not fit, or for an element that is not supported */
export function parseTime(kind: string, format: string, text: string, zone: string): bigint {
  const { pattern, elements } = readerOf(format)
  const match = pattern.exec(text)
  if (!match) throw new Error(`Failed to parse input string "${text}"`)
  const found = new Map(elements.map((element, index) => [element, match[index + 1]!.toLowerCase()]))
  const get = (...names: string[]): string | undefined =>
    names.map((name) => found.get(name)).find((value) => value !== undefined)
  const seconds = get('s')
  if (seconds !== undefined) return BigInt(seconds) * 1_000_000n
  const [second = '0', fraction = ''] = (get('E*S', 'S', ...digitSeconds(elements)) ?? '0').split('.')
  const month = get('B', 'b', 'h')
  const half = get('p', 'P')
  const hour =
    half === undefined
      ? Number(get('H', 'k') ?? get('I', 'l') ?? 0)
      : (Number(get('I', 'l', 'H') ?? 12) % 12) + (half === 'pm' ? 12 : 0)
  const dayOfYear = get('j')
  const parts = [
    yearOf(get('Y', 'E4Y'), get('y'), get('C')),
    month === undefined ? Number(get('m') ?? 1) : MONTHS.indexOf(month.slice(0, 3)) + 1,
    dayOfYear === undefined ? Number(get('d', 'e') ?? 1) : 1,
  ] as const
  const isDay = dayOfYear === undefined || (Number(dayOfYear) >= 1 && Number(dayOfYear) <= 366)
  if (!isDay) throw new Error(`Failed to parse input string "${text}"`)
  let local = microsOfParts(
    ...parts,
    hour,
    Number(get('M') ?? 0),
    Number(second),
    Number(fraction.padEnd(6, '0')),
  )
  if (local !== undefined && dayOfYear !== undefined) local += BigInt(Number(dayOfYear) - 1) * 86_400_000_000n
  const named = get('z', 'Ez') ?? (found.has('Z') ? match[elements.indexOf('Z') + 1] : undefined)
  const moment = local === undefined || kind !== 'TIMESTAMP' ? local : utcOf(local, named ?? zone)
  if (moment === undefined) throw new Error(`Failed to parse input string "${text}"`)
  return moment
}

const digitSeconds = (elements: readonly string[]): string[] =>
  elements.filter((element) => /^E\dS$/.test(element))

function yearOf(full: string | undefined, short: string | undefined, century: string | undefined): number {
  if (full !== undefined) return Number(full)
  if (short === undefined) return 1970
  if (century !== undefined) return Number(century) * 100 + Number(short)
  return Number(short) + (Number(short) < 69 ? 2000 : 1900)
}

function readerOf(format: string): Reader {
  const known = readers.get(format)
  if (known) return known
  const elements: string[] = []
  const whole = format.replaceAll(/%([FTRDxXc])/g, (_, letter: string) => SHORTCUTS[letter]!)
  const pattern = whole.replaceAll(
    /%(E\*S|E[0-9]S|E4Y|Ez|.)|(\s+)|([^%\s])/gs,
    (_, element?: string, space?: string, other?: string) => {
      if (space !== undefined) return '\\s*'
      if (other !== undefined) return other.replace(/[.*+?^${}()|[\]\\/-]/, '\\$&')
      if (element === '%') return '%'
      if (element === 'n' || element === 't') return '\\s*'
      const own = /^E\dS$/.test(element!) ? '(\\d{1,2}(?:\\.\\d{1,6})?)' : PATTERNS[element!]
      if (own === undefined) throw new Error(`Invalid format: %${element}`)
      elements.push(element!)
      return own
    },
  )
  const reader = { pattern: new RegExp(`^\\s*${pattern}\\s*$`, 'i'), elements }
  if (readers.size < 1000) readers.set(format, reader)
  return reader
}
