import { mod, zoneOffset } from './zones.ts'

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
)

interface Moment {
  readonly date: Date
  readonly micros: number
  readonly offset: bigint
  readonly zone: string
  readonly utc: bigint
}

const two = (value: number): string => String(value).padStart(2, '0')
const spaced = (value: number): string => String(value).padStart(2, ' ')
const dayOfYear = ({ date }: Moment): number =>
  Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000) + 1
const year = ({ date }: Moment): number => date.getUTCFullYear()
const hour12 = ({ date }: Moment): number => date.getUTCHours() % 12 || 12

/** Year and number of the week of ISO 8601. */
function isoWeek({ date }: Moment): { year: number; week: number } {
  const day = (date.getUTCDay() + 6) % 7
  const thursday = new Date(date.getTime() + (3 - day) * 86_400_000)
  const first = Date.UTC(thursday.getUTCFullYear(), 0, 1)
  return { year: thursday.getUTCFullYear(), week: Math.floor((thursday.getTime() - first) / 604_800_000) + 1 }
}

function zoneText({ offset }: Moment, colon: string): string {
  const minutes = Number((offset < 0n ? -offset : offset) / 60_000_000n)
  return `${offset < 0n ? '-' : '+'}${two(Math.floor(minutes / 60))}${colon}${two(minutes % 60)}`
}

const ELEMENTS: Readonly<Record<string, (of: Moment) => string>> = {
  A: ({ date }) => DAYS[date.getUTCDay()]!,
  a: ({ date }) => DAYS[date.getUTCDay()]!.slice(0, 3),
  B: ({ date }) => MONTHS[date.getUTCMonth()]!,
  b: ({ date }) => MONTHS[date.getUTCMonth()]!.slice(0, 3),
  C: (of) => two(Math.floor(year(of) / 100)),
  c: (of) => format('%a %b %e %H:%M:%S %Y', of),
  D: (of) => format('%m/%d/%y', of),
  d: ({ date }) => two(date.getUTCDate()),
  e: ({ date }) => spaced(date.getUTCDate()),
  F: (of) => format('%Y-%m-%d', of),
  G: (of) => String(isoWeek(of).year),
  g: (of) => two(isoWeek(of).year % 100),
  H: ({ date }) => two(date.getUTCHours()),
  h: (of) => ELEMENTS['b']!(of),
  I: (of) => two(hour12(of)),
  j: (of) => String(dayOfYear(of)).padStart(3, '0'),
  k: ({ date }) => spaced(date.getUTCHours()),
  l: (of) => spaced(hour12(of)),
  M: ({ date }) => two(date.getUTCMinutes()),
  m: ({ date }) => two(date.getUTCMonth() + 1),
  n: () => '\n',
  P: ({ date }) => (date.getUTCHours() < 12 ? 'am' : 'pm'),
  p: ({ date }) => (date.getUTCHours() < 12 ? 'AM' : 'PM'),
  Q: ({ date }) => String(Math.floor(date.getUTCMonth() / 3) + 1),
  R: (of) => format('%H:%M', of),
  S: ({ date }) => two(date.getUTCSeconds()),
  s: ({ utc }) => String((utc - mod(utc, 1_000_000n)) / 1_000_000n),
  T: (of) => format('%H:%M:%S', of),
  t: () => '\t',
  U: (of) => two(Math.floor((dayOfYear(of) + 6 - of.date.getUTCDay()) / 7)),
  u: ({ date }) => String(date.getUTCDay() || 7),
  V: (of) => two(isoWeek(of).week),
  W: (of) => two(Math.floor((dayOfYear(of) + 6 - ((of.date.getUTCDay() + 6) % 7)) / 7)),
  w: ({ date }) => String(date.getUTCDay()),
  X: (of) => format('%H:%M:%S', of),
  x: (of) => format('%m/%d/%y', of),
  Y: (of) => String(year(of)),
  y: (of) => two(year(of) % 100),
  Z: ({ zone, offset }) =>
    /^(utc|gmt|z)$/i.test(zone)
      ? 'UTC'
      : `UTC${offset < 0n ? '-' : '+'}${Number((offset < 0n ? -offset : offset) / 3_600_000_000n)}`,
  z: (of) => zoneText(of, ''),
  '%': () => '%',
}

// format elements: what each type does not have
const ABSENT: Readonly<Record<string, string>> = {
  DATE: 'HIklMPpRSsTXzZrc'.replace('c', ''),
  TIME: 'AaBbCcDdeFGghjmQUuVWwxYy',
  DATETIME: 'zZ',
}

/** @throws Error for an element that the type does not have, or a zone that is none */
export function formatTime(text: string, utc: bigint, zone: string, kind: string): string {
  const offset = zoneOffset(zone, utc)
  if (offset === undefined) throw new Error(`Invalid time zone: ${zone}`)
  const local = utc + offset
  const micros = Number(mod(local, 1_000_000n))
  const date = new Date(Number((local - BigInt(micros)) / 1000n))
  const absent = ABSENT[kind] ?? ''
  const used = [...text.matchAll(/%(?:E\*S|E\dS|E4Y|Ez|.)/gs)].map(([element]) => element.at(-1)!)
  const wrong = used.find(
    (letter) => absent.includes(letter) && !(kind === 'DATE' && 'HMSTRIklPpX'.includes(letter)),
  )
  if (wrong !== undefined) throw new Error(`Invalid format: %${wrong} is not allowed for the ${kind} type.`)
  const shown = format(text, { date, micros, offset, zone, utc })
  // what CAST shows of a whole number of minutes
  return kind === 'CAST' ? shown.replace(/([+-]\d\d):00$/, '$1') : shown
}

function format(text: string, of: Moment): string {
  return text.replaceAll(/%(E\*S|E[0-9]S|E4Y|Ez|.)/gs, (_, element: string) => {
    const seconds = two(of.date.getUTCSeconds())
    if (element === 'Ez') return zoneText(of, ':')
    if (element === 'E4Y') return String(year(of)).padStart(4, '0')
    if (element === 'E*S') {
      const fraction = String(of.micros).padStart(6, '0').replace(/0+$/, '')
      const shown =
        fraction.length > 3 ? fraction.padEnd(6, '0') : fraction.length > 0 ? fraction.padEnd(3, '0') : ''
      return shown === '' ? seconds : `${seconds}.${shown}`
    }
    if (element.startsWith('E')) {
      const size = Number(element[1])
      return size === 0 ? seconds : `${seconds}.${String(of.micros).padStart(6, '0').slice(0, size)}`
    }
    const known = ELEMENTS[element]
    if (!known) throw new Error(`Invalid format: %${element}`)
    return known(of)
  })
}
