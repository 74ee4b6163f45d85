import { FIRST, LAST, microsOfParts, utcOf } from '../time/read-time.ts'
import { mod, zoneOffset } from '../time/zones.ts'
import { checkTimeModel } from './time-model.ts'
import { timeElements, type TimeElement } from './time-elements.ts'

const MONTHS = 'JANUARY FEBRUARY MARCH APRIL MAY JUNE JULY AUGUST SEPTEMBER OCTOBER NOVEMBER DECEMBER'.split(
  ' ',
)

/** What a text says, part by part. */
interface Read {
  year: number
  month: number
  day: number
  hour: number
  minute: number
  second: number
  /** Digits behind the point of the second. */
  fraction: string
  hour12?: number
  isAfternoon?: boolean
  zone?: { sign: string; hours: number; minutes: number }
}

/**
 * CAST(text AS DATE, DATETIME, TIME or TIMESTAMP FORMAT format), in microseconds since 1970, or since midnight.
 *
 * @param zone of a TIMESTAMP whose text says none @param now microseconds since 1970: a year and a month that are not said are those of now
 * @throws Error for a format that is none, and for a text that is not so
 */
export function textToTime(kind: string, text: string, format: string, zone: string, now: bigint): bigint {
  const elements = timeElements(format)
  checkTimeModel(kind, elements)
  const read = readAll(elements, text, today(kind, zone, now))
  const { year, month, day, minute, second, fraction, hour12, isAfternoon } = read
  const hour = hour12 === undefined ? read.hour : (hour12 % 12) + (isAfternoon === true ? 12 : 0)
  const micros = Number(fraction.slice(0, 6).padEnd(6, '0'))
  const local = microsOfParts(year, month, day, hour, minute, second, micros)
  if (local === undefined) throw new Error(`Failed to parse "${text}": its year, month and day are no date`)
  if (kind === 'TIME') return mod(local, 86_400_000_000n)
  if (kind !== 'TIMESTAMP') return local
  const own = read.zone && `${read.zone.sign}${read.zone.hours}:${String(read.zone.minutes).padStart(2, '0')}`
  const moment = utcOf(local, own ?? zone)
  if (moment === undefined) throw new Error(`Invalid time zone: ${own ?? zone}`)
  if (moment < FIRST || moment > LAST) throw new Error('The parsing result is out of valid time range')
  return moment
}

function today(kind: string, zone: string, now: bigint): Read {
  const offset = kind === 'TIMESTAMP' ? zoneOffset(zone, now) : 0n
  if (offset === undefined) throw new Error(`Invalid time zone: ${zone}`)
  const date = new Date(Number((now + offset) / 1000n))
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + 1]
  return { year, month, day: 1, hour: 0, minute: 0, second: 0, fraction: '' }
}

function readAll(elements: readonly TimeElement[], text: string, read: Read): Read {
  let at = text.length - text.trimStart().length
  for (const [index, element] of elements.entries()) {
    if (at >= text.length && element.text !== '')
      throw new Error(
        `Entire timestamp string has been parsed before dealing with format element ${element.text}`,
      )
    const size = sizeRead(element, text.slice(at), read, precedesDigits(elements, index))
    if (size === undefined)
      throw new Error(`Failed to parse input timestamp string at ${at} with format element ${element.text}`)
    at += size
  }
  const rest = text.slice(at)
  if (rest.trim() === '') return read
  if (/^FF\d$/.test(elements.at(-1)?.name ?? '') && /^\d+\s*$/.test(rest))
    throw new Error('local-cloud does not know what becomes of more digits than FF takes')
  throw new Error(`Illegal non-space trailing data '${rest}' in timestamp string`)
}

/** Digits that come right behind: all of those that an element has must be there. */
function precedesDigits(elements: readonly TimeElement[], index: number): boolean {
  const next = elements.slice(index + 1).find(({ name, text }) => name !== 'LITERAL' || text !== '')
  if (!next) return false
  if (next.category === 'LITERAL') return /^\d/.test(next.text)
  return !['MON', 'MONTH', 'TZH'].includes(next.name) && next.category !== 'MERIDIAN'
}

/** Characters of the text that an element takes; undefined where it is not there. */
function sizeRead(
  { name, text }: TimeElement,
  rest: string,
  read: Read,
  isFirm: boolean,
): number | undefined {
  const found = (pattern: RegExp): string | undefined => pattern.exec(rest)?.[0]
  const number = (most: number, least: number, largest: number, put: (value: number) => void) => {
    const written = found(isFirm ? new RegExp(`^\\d{${most}}`) : new RegExp(`^\\d{1,${most}}`))
    if (written === undefined || Number(written) < least || Number(written) > largest) return undefined
    put(Number(written))
    return written.length
  }
  const named = (names: readonly string[]): number | undefined => {
    const place = names.findIndex((each) => rest.toUpperCase().startsWith(each))
    if (place < 0) return undefined
    read.month = place + 1
    return names[place]!.length
  }
  switch (name) {
    case 'LITERAL':
      return rest.startsWith(text) ? text.length : undefined
    case 'SPACE':
      return found(/^\s+/)?.length
    case 'YYYY':
    case 'RRRR': {
      const written = found(isFirm ? /^\d{4}/ : /^\d{1,5}/)
      if (written === undefined) return undefined
      read.year = Number(written)
      return written.length
    }
    case 'YYY':
    case 'YY':
    case 'Y': {
      const size = 10 ** name.length
      return number(name.length, 0, size - 1, (value) => (read.year += value - (read.year % size)))
    }
    case 'RR':
      return number(2, 0, 99, (value) => (read.year = roundedYear(read.year, value)))
    case 'Y,YYY': {
      const written = found(/^\d{1,2},\d{3}/)
      if (written === undefined) return undefined
      read.year = Number(written.replace(',', ''))
      return written.length
    }
    case 'MM':
      return number(2, 1, 12, (value) => (read.month = value))
    case 'MON':
      return named(MONTHS.map((month) => month.slice(0, 3)))
    case 'MONTH':
      return named(MONTHS)
    case 'DD':
      return number(2, 1, 31, (value) => (read.day = value))
    case 'HH':
    case 'HH12':
      return number(2, 1, 12, (value) => (read.hour12 = value))
    case 'HH24':
      return number(2, 0, 23, (value) => (read.hour = value))
    case 'MI':
      return number(2, 0, 59, (value) => (read.minute = value))
    case 'SS':
      return number(2, 0, 59, (value) => (read.second = value))
    case 'SSSSS':
      return number(5, 0, 86_399, (value) => {
        read.hour = Math.floor(value / 3600)
        read.minute = Math.floor(value / 60) % 60
        read.second = value % 60
      })
    case 'A.M.':
    case 'P.M.': {
      const written = found(/^[ap]\.m\./i)
      if (written === undefined) return undefined
      read.isAfternoon = written.toUpperCase() === 'P.M.'
      return written.length
    }
    case 'TZH': {
      const sign = found(/^[-+ ]/)
      const hours = sign === undefined ? undefined : /^\d{1,2}/.exec(rest.slice(1))?.[0]
      if (hours === undefined || Number(hours) > 14 || (isFirm && hours.length !== 2)) return undefined
      read.zone = { minutes: 0, ...read.zone, sign: sign === '-' ? '-' : '+', hours: Number(hours) }
      return 1 + hours.length
    }
    case 'TZM':
      return number(2, 0, 59, (minutes) => (read.zone = { sign: '+', hours: 0, ...read.zone, minutes }))
    default:
      return fractionRead(Number(name.slice(2)), rest, read, isFirm)
  }
}

function fractionRead(most: number, rest: string, read: Read, isFirm: boolean): number | undefined {
  const written = new RegExp(isFirm ? `^\\d{${most}}` : `^\\d{1,${most}}`).exec(rest)?.[0]
  if (written === undefined) return undefined
  read.fraction = written
  return written.length
}

/** RR: the nearest century, as years below 50 and from 50 on have it. */
function roundedYear(now: number, two: number): number {
  const century = Math.floor(now / 100)
  const isLow = now % 100 < 50
  if (two < 50) return (century + (isLow ? 0 : 1)) * 100 + two
  return (century - (isLow ? 1 : 0)) * 100 + two
}
