import { mod, zoneOffset } from './zones.ts'

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
)

interface Moment {
  readonly date: Date
  readonly micros: number
  readonly offset: bigint
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
  J: () => {
    throw new Error('local-cloud knows no format element %J')
  },
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
  r: (of) => format('%I:%M:%S %p', of),
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
  Z: ({ offset }) => {
    const minutes = Number((offset < 0n ? -offset : offset) / 60_000_000n)
    if (minutes === 0) return 'UTC'
    const [hours, rest] = [Math.floor(minutes / 60), minutes % 60]
    return `UTC${offset < 0n ? '-' : '+'}${rest === 0 ? hours : two(hours) + two(rest)}`
  },
  z: (of) => zoneText(of, ''),
  '%': () => '%',
}

/** Elements that a type does not have: they stay as they are written, as what is no element does. */
const ABSENT: Readonly<Record<string, string>> = {
  DATE: 'cHIklMPpRrSsTXZz',
  TIME: 'AaBbhCcDdeFGgJjmQsUuVWwxYyZz',
  DATETIME: 'Zz',
}

/** E and O before others are locales' forms of them, of which there is one here. */
const ELEMENT = /%(E\*S|E[0-9]S|E4Y|Ez|E[CcXxYy]|O[deHIMmSUuVWwy]|[^EO])/gs

/** @throws Error for a zone that is none, and an element that is not supported */
export function formatTime(text: string, utc: bigint, zone: string, kind: string): string {
  const offset = zoneOffset(zone, utc)
  if (offset === undefined) throw new Error(`Invalid time zone: ${zone}`)
  const local = utc + offset
  const micros = Number(mod(local, 1_000_000n))
  const date = new Date(Number((local - BigInt(micros)) / 1000n))
  const shown = format(text, { date, micros, offset, utc }, kind)
  // what CAST shows of a whole number of minutes
  return kind === 'CAST' ? shown.replace(/([+-]\d\d):00$/, '$1') : shown
}

function format(text: string, of: Moment, kind = ''): string {
  return text.replaceAll(ELEMENT, (written, element: string) => {
    if (ABSENT[kind]?.includes(element.at(-1)!)) return written
    const seconds = two(of.date.getUTCSeconds())
    if (element === 'Ez') return zoneText(of, ':')
    if (element === 'E4Y') return String(year(of)).padStart(4, '0')
    const [, size] = /^E(.)S$/.exec(element) ?? []
    if (size === '*') {
      const fraction = String(of.micros).padStart(6, '0').replace(/0+$/, '')
      // CAST has three digits or six
      const least = kind !== 'CAST' ? 0 : fraction.length > 3 ? 6 : 3
      return fraction === '' ? seconds : `${seconds}.${fraction.padEnd(least, '0')}`
    }
    if (size !== undefined) {
      const digits = String(of.micros).padStart(6, '0').padEnd(9, '0').slice(0, Number(size))
      return digits === '' ? seconds : `${seconds}.${digits}`
    }
    return ELEMENTS[element.at(-1)!]?.(of) ?? written
  })
}
