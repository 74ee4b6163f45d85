import { FIRST, LAST, microsOfParts, utcOf } from './read-time.ts'

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const LONG = 'january february march april may june july august september october november december'.split(
  ' ',
)
const WEEKDAYS = 'sunday monday tuesday wednesday thursday friday saturday sun mon tue wed thu fri sat'.split(
  ' ',
)

/** One of these texts, in whatever case: what stands between elements must be as the format has it. */
const anyOf = (texts: readonly string[]): string => {
  const inAnyCase = (text: string) => text.replace(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`)
  return `(${texts.map(inAnyCase).join('|')})`
}
/** So many digits, and fewer only where no other follows: an element leaves none to the next that it could take. */
const digits = (most: number): string => `(?:\\d{${most}}${most > 1 ? `|\\d{1,${most - 1}}(?!\\d)` : ''})`
const MONTH = anyOf([...LONG, ...MONTHS])
const WEEKDAY = anyOf(WEEKDAYS)
const HALF = anyOf(['am', 'pm'])
const SHORTCUTS: Readonly<Record<string, string>> = {
  F: '%Y-%m-%d',
  T: '%H:%M:%S',
  R: '%H:%M',
  D: '%m/%d/%y',
  x: '%m/%d/%y',
  X: '%H:%M:%S',
  c: '%a %b %e %H:%M:%S %Y',
  r: '%I:%M:%S %p',
}
const PATTERNS: Readonly<Record<string, string>> = {
  Y: `(${digits(4)})`,
  E4Y: '(\\d{4})',
  y: `(${digits(2)})`,
  C: `(${digits(2)})`,
  m: `(${digits(2)})`,
  d: `(${digits(2)})`,
  e: `\\s*(${digits(2)})`,
  j: `(${digits(3)})`,
  H: `(${digits(2)})`,
  k: `\\s*(${digits(2)})`,
  I: `\\s*(${digits(2)})`,
  l: `\\s*(${digits(2)})`,
  M: `(${digits(2)})`,
  S: `(${digits(2)})`,
  'E*S': `(${digits(2)}(?:\\.\\d+)?)`,
  s: '(-?\\d+)',
  p: HALF,
  P: HALF,
  B: MONTH,
  b: MONTH,
  h: MONTH,
  Q: '([1-4])',
  // of a week that is said, which is not supported, these were the day
  A: WEEKDAY,
  a: WEEKDAY,
  u: '([1-7])',
  w: '([0-6])',
  z: '([+-]\\d{2}(?:\\d{2})?)',
  Ez: '([+-]\\d{2}(?::?\\d{2})?)',
  Z: '(\\S+)',
}

interface Reader {
  readonly pattern: RegExp
  readonly elements: readonly string[]
  /** Last letters of the elements as they are written: what is short for several is one. */
  readonly letters: ReadonlySet<string>
}
const readers = new Map<string, Reader>()

/** Elements that a type does not have. */
const ABSENT: Readonly<Record<string, string>> = {
  DATE: 'cHIklMPpRrSsTXZz',
  TIME: 'AaBbhCcDdeFGgjmsUuVWwxYyZz',
  DATETIME: 'Zz',
}

/** Microseconds since 1970 of a text in a format. @throws Error where it does not fit, or for an element that is not supported */
export function parseTime(kind: string, format: string, text: string, zone: string): bigint {
  const { pattern, elements, letters } = readerOf(format)
  const absent = Array.from(ABSENT[kind] ?? '').find((letter) => letters.has(letter))
  if (absent !== undefined) throw new Error(`Invalid format: %${absent} is not allowed for the ${kind} type.`)
  const match = pattern.exec(text)
  if (!match) throw new Error(`Failed to parse input string "${text}"`)
  const found = new Map(elements.map((element, index) => [element, match[index + 1]!.toLowerCase()]))
  const get = (...names: string[]): string | undefined =>
    names.map((name) => found.get(name)).find((value) => value !== undefined)
  const seconds = get('s')
  if (seconds !== undefined) {
    const micros = BigInt(seconds) * 1_000_000n
    if (micros < FIRST || micros > LAST) throw new Error(`Failed to parse input string "${text}"`)
    return micros
  }
  const lastOf = (some: string) => elements.findLast((element) => some.includes(element))
  const [second = '0', fraction = ''] = (get('E*S', 'S', ...digitSeconds(elements)) ?? '0').split('.')
  const ofMonth = lastOf('BbhmQ')
  const ofDay = lastOf('deQ')
  // the last of them that stands there counts; of a whole day there is no half
  const ofHour = lastOf('HkIl')
  const isOfHalf = ofHour === 'I' || ofHour === 'l'
  const shownHour = Number((ofHour !== undefined && get(ofHour)) || 0)
  if (isOfHalf && (shownHour < 1 || shownHour > 12)) throw new Error(`Failed to parse input string "${text}"`)
  const hour = isOfHalf ? (shownHour % 12) + (get('p', 'P') === 'pm' ? 12 : 0) : shownHour
  const dayOfYear = get('j')
  const parts = [
    yearOf(get('Y', 'E4Y'), get('y'), get('C')),
    ofMonth === undefined ? 1 : monthOf(ofMonth, get(ofMonth)!),
    ofDay === undefined || ofDay === 'Q' ? 1 : Number(get(ofDay)),
  ] as const
  const days = isLeap(parts[0]) ? 366 : 365
  const isDay = dayOfYear === undefined || (Number(dayOfYear) >= 1 && Number(dayOfYear) <= days)
  if (!isDay) throw new Error(`Failed to parse input string "${text}"`)
  let local = microsOfParts(
    ...parts,
    hour,
    Number(get('M') ?? 0),
    Number(second),
    Number(fraction.slice(0, 6).padEnd(6, '0')),
  )
  if (local !== undefined && dayOfYear !== undefined) local += BigInt(Number(dayOfYear) - 1) * 86_400_000_000n
  const named = get('z', 'Ez') ?? (found.has('Z') ? match[elements.indexOf('Z') + 1] : undefined)
  const moment = local === undefined || kind !== 'TIMESTAMP' ? local : utcOf(local, named ?? zone)
  if (moment === undefined || moment < FIRST || moment > LAST)
    throw new Error(`Failed to parse input string "${text}"`)
  return moment
}

const digitSeconds = (elements: readonly string[]): string[] =>
  elements.filter((element) => /^E\dS$/.test(element))

const monthOf = (element: string, text: string): number => {
  if (element === 'm') return Number(text)
  return element === 'Q' ? Number(text) * 3 - 2 : MONTHS.indexOf(text.slice(0, 3)) + 1
}

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)

function yearOf(full: string | undefined, short: string | undefined, century: string | undefined): number {
  if (full !== undefined) return Number(full)
  if (century !== undefined) return Number(century) * 100 + Number(short ?? 0)
  if (short === undefined) return 1970
  return Number(short) + (Number(short) < 69 ? 2000 : 1900)
}

/** Elements that say the same, each in its way: which of them counts is not done. */
const APART: readonly (readonly [readonly string[], readonly string[]])[] = [
  [
    ['Y', 'E4Y'],
    ['y', 'C'],
  ],
  [['j'], Array.from('BbhmQde')],
]
/** Elements of BigQuery's that are not done. */
const NOT_DONE = Array.from('GgJUVW')

function readerOf(format: string): Reader {
  const known = readers.get(format)
  if (known) return known
  const elements: string[] = []
  if (/(?:^|[^%])(?:%%)*%$/s.test(format)) throw new Error(`Format string cannot end with a single '%'`)
  const whole = format.replaceAll(/%([FTRDxXcr])/g, (_, letter: string) => SHORTCUTS[letter]!)
  const pattern = whole.replaceAll(
    /%(E\*S|E[0-9]S|E4Y|Ez|.)|(\s+)|([^%\s])/gs,
    (_, element?: string, space?: string, other?: string) => {
      if (space !== undefined) return '\\s*'
      if (other !== undefined) return other.replace(/[.*+?^${}()|[\]\\/-]/, '\\$&')
      if (element === '%') return '%'
      if (element === 'n' || element === 't') return '\\s*'
      const places = /^E(\d)S$/.exec(element!)?.[1]
      const fraction = places === '0' ? '' : `(?:\\.\\d{1,${places}})?`
      const own = places === undefined ? PATTERNS[element!] : `(${digits(2)}${fraction})`
      if (NOT_DONE.includes(element!)) throw new Error(`local-cloud parses no format element %${element}`)
      if (own === undefined) throw new Error(`Invalid format: %${element}`)
      elements.push(element!)
      return own
    },
  )
  const both = APART.find((sides) => sides.every((some) => some.some((each) => elements.includes(each))))
  if (both)
    throw new Error(`local-cloud parses no format with %${both[0].join(', %')} and %${both[1].join(', %')}`)
  const letters = new Set(
    [...format.matchAll(/%(?:E\*S|E\dS|E4Y|Ez|.)/gs)].map(([element]) => element.at(-1)!),
  )
  const reader = { pattern: new RegExp(`^\\s*${pattern}\\s*$`), elements, letters }
  if (readers.size < 1000) readers.set(format, reader)
  return reader
}
