import { zoneOffset } from './zones.ts'

const DATE = String.raw`(\d{4})-(\d{1,2})-(\d{1,2})`
const TIME = String.raw`(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,6}))?`
const ZONE = String.raw`(?:\s*(?:(?:UTC|utc|z|Z)?([+-])(\d{1,2})(?::?(\d{2}))?|([zZ])|\s([A-Za-z][A-Za-z0-9_/+-]*)))?`
const PATTERNS: Readonly<Record<string, RegExp>> = {
  DATE: new RegExp(`^${DATE}$`),
  TIME: new RegExp(`^${TIME}$`),
  DATETIME: new RegExp(`^${DATE}(?:[ tT]${TIME})?$`),
  TIMESTAMP: new RegExp(`^${DATE}(?:[ tT]${TIME})?${ZONE}$`),
}

/**
 * Microseconds since 1970 (of a TIME: since midnight), from the canonical form of the type (data types: "canonical format").
 *
 * @param zone of a TIMESTAMP that names none
 * @returns undefined where the text is none
 */
export function microsOf(kind: string, text: string, zone: string): bigint | undefined {
  const match = PATTERNS[kind]?.exec(text.trim())
  if (!match) return undefined
  const parts = match.slice(1)
  const [year = '1970', month = '1', day = '1'] = kind === 'TIME' ? [] : parts.splice(0, 3)
  const [hour = '0', minute = '0', second = '0', fraction = ''] = parts.splice(0, 4)
  const local = microsOfParts(+year, +month, +day, +hour, +minute, +second, Number(fraction.padEnd(6, '0')))
  if (local === undefined || kind !== 'TIMESTAMP') return local
  const [sign, hours, minutes = '00', utc, name] = parts
  if (utc !== undefined) return local
  const moment = utcOf(local, sign === undefined ? (name ?? zone) : `${sign}${hours}:${minutes}`)
  return moment === undefined || moment < FIRST || moment > LAST ? undefined : moment
}

/** Microseconds of the first and the last moment of GoogleSQL. */
export const FIRST = -62_135_596_800_000_000n
export const LAST = 253_402_300_799_999_999n

const DAY = 86_400_000_000n

/**
 * The moment at which clocks in the zone show this; undefined where there is no such zone. Where they show it twice it is the first time,
 * where they never show it, the moment at which they would if they had not been put on.
 */
export function utcOf(local: bigint, zone: string): bigint | undefined {
  const before = zoneOffset(zone, local - DAY)
  if (before === undefined) return undefined
  const after = zoneOffset(zone, local + DAY)!
  const isRight = (offset: bigint) => zoneOffset(zone, local - offset) === offset
  return local - (isRight(before) || !isRight(after) ? before : after)
}

/** @returns undefined where there is no such day or time */
export function microsOfParts(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  micros: number,
): bigint | undefined {
  if (year < 1 || year > 9999 || hour > 23 || minute > 59 || second > 60) return undefined
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined
  date.setUTCHours(hour, minute, second)
  return BigInt(date.getTime()) * 1000n + BigInt(micros)
}
