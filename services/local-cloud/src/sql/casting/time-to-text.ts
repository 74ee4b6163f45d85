import { mod, zoneOffset } from '../time/zones.ts'
import { timeElements, type Category, type TimeElement } from './time-elements.ts'

const DAYS = 'SUNDAY MONDAY TUESDAY WEDNESDAY THURSDAY FRIDAY SATURDAY'.split(' ')
const MONTHS = 'JANUARY FEBRUARY MARCH APRIL MAY JUNE JULY AUGUST SEPTEMBER OCTOBER NOVEMBER DECEMBER'.split(
  ' ',
)

/** What each type has parts of. */
const OF_DATE: readonly Category[] = ['LITERAL', 'YEAR', 'MONTH', 'DAY']
const OF_TIME: readonly Category[] = ['LITERAL', 'HOUR', 'MINUTE', 'SECOND', 'MERIDIAN']
const PARTS: Readonly<Record<string, readonly Category[]>> = {
  DATE: OF_DATE,
  TIME: OF_TIME,
  DATETIME: [...OF_DATE, ...OF_TIME],
  TIMESTAMP: [...OF_DATE, ...OF_TIME, 'ZONE'],
}

interface Shown {
  readonly date: Date
  /** Microseconds of the second. */
  readonly micros: number
  /** Minutes by which clocks are ahead of UTC. */
  readonly offset: number
}

/**
 * CAST(time AS STRING FORMAT format).
 *
 * @param micros since 1970, or since midnight @param zone of a TIMESTAMP @throws Error for a format or zone that is none, and for an
 *   element that the type does not have
 */
export function timeToText(kind: string, micros: bigint, format: string, zone: string): string {
  const elements = timeElements(format)
  const wrong = elements.find(({ category }) => !PARTS[kind]!.includes(category))
  if (wrong) throw new Error(`${kind} does not support the format element ${wrong.text}`)
  const offset = kind === 'TIMESTAMP' ? zoneOffset(zone, micros) : 0n
  if (offset === undefined) throw new Error(`Invalid time zone: ${zone}`)
  const clock = micros + offset
  const shown: Shown = {
    date: new Date(Number((clock - mod(clock, 1000n)) / 1000n)),
    micros: Number(mod(clock, 1_000_000n)),
    offset: Number(offset / 60_000_000n),
  }
  return elements.map((element) => inCase(element, written(element, shown))).join('')
}

const digits = (value: number, size: number): string => String(value).padStart(size, '0')

function written({ name, text }: TimeElement, { date, micros, offset }: Shown): string {
  const [year, hour] = [date.getUTCFullYear(), date.getUTCHours()]
  if (name === 'LITERAL' || name === 'SPACE') return text
  if (/^(Y+|R+)$/.test(name))
    return name.length === 4 ? digits(year, 4) : digits(year % 10 ** name.length, name.length)
  if (name.startsWith('FF'))
    return digits(micros, 6)
      .padEnd(9, '0')
      .slice(0, Number(name.slice(2)))
  const ofMeridian = hour >= 12 ? 'P' : 'A'
  switch (name) {
    case 'MM':
      return digits(date.getUTCMonth() + 1, 2)
    case 'MON':
      return MONTHS[date.getUTCMonth()]!.slice(0, 3)
    case 'MONTH':
      return MONTHS[date.getUTCMonth()]!
    case 'D':
      return String(date.getUTCDay() + 1)
    case 'DD':
      return digits(date.getUTCDate(), 2)
    case 'DDD':
      return digits(dayOfYear(date), 3)
    case 'DAY':
      return DAYS[date.getUTCDay()]!
    case 'DY':
      return DAYS[date.getUTCDay()]!.slice(0, 3)
    case 'HH':
    case 'HH12':
      return digits(hour % 12 || 12, 2)
    case 'HH24':
      return digits(hour, 2)
    case 'MI':
      return digits(date.getUTCMinutes(), 2)
    case 'SS':
      return digits(date.getUTCSeconds(), 2)
    case 'SSSSS':
      return digits((hour * 60 + date.getUTCMinutes()) * 60 + date.getUTCSeconds(), 5)
    case 'AM':
    case 'PM':
      return `${ofMeridian}M`
    case 'A.M.':
    case 'P.M.':
      return `${ofMeridian}.M.`
    case 'TZH':
      return `${offset < 0 ? '-' : '+'}${digits(Math.trunc(Math.abs(offset) / 60), 2)}`
    case 'TZM':
      return digits(Math.abs(offset) % 60, 2)
    default:
      throw new Error(`Unsupported format element ${text}`)
  }
}

function dayOfYear(date: Date): number {
  const first = new Date(0)
  first.setUTCFullYear(date.getUTCFullYear(), 0, 1)
  return Math.floor((date.getTime() - first.getTime()) / 86_400_000) + 1
}

/** Letters are as large as those of the element (format elements: case matching). */
function inCase({ name, text, category }: TimeElement, made: string): string {
  if (category === 'LITERAL') return made
  const [first, second] = [text[0]!, text[1]]
  if (first !== first.toUpperCase()) return made.toLowerCase()
  const isOneWord = category === 'MERIDIAN' || name.length === 1
  if (isOneWord || second === undefined || second === second.toUpperCase()) return made
  return made[0]! + made.slice(1).toLowerCase()
}
