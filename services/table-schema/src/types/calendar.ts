const DAYS_BEFORE_MONTH = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334]
const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
const DAYS_TO_1970 = 719_162
const ZERO = 48

/**
 * Days since 1970-01-01 of a text that is exactly YYYY-MM-DD and a day of the calendar (years 0001 to 9999, as
 * BigQuery's DATE), else undefined.
 */
export function dateDays(text: string): number | undefined {
  return text.length === 10 ? dayAt(text) : undefined
}

const TIME = /^(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?$/

/** Whether a text is exactly HH:MM:SS, with up to six digits of a fraction, and a time of the day: BigQuery's TIME. */
export function isTime(text: string): boolean {
  return text.length >= 8 && text.length <= 15 && TIME.test(text)
}

const OTHER_OFFSET = /[+-](?!00:00)[0-9]{2}:[0-9]{2}$/

/** Whether a timestamp is told in another offset than that of UTC, which a TIMESTAMP does not keep. */
export function hasOffset(timestamp: string): boolean {
  return OTHER_OFFSET.test(timestamp)
}

/**
 * Microseconds since 1970-01-01T00:00:00Z of a text that is a timestamp by strict RFC 3339 (date, time and offset, all
 * there) or as BigQuery itself writes one (`2019-01-16 12:46:01 UTC`), else undefined. A bigint only where a number would
 * not be exact (after the year 2255). A leap second and a fraction finer than a microsecond are undefined too: BigQuery's
 * TIMESTAMP cannot hold them without changing them.
 */
export function timestampMicros(text: string): number | bigint | undefined {
  // 2020-01-01T00:00:00Z has 20 characters, with six digits of fraction and an offset it has 32
  const { length } = text
  if (length < 20 || length > 35) return undefined
  const separator = text.charCodeAt(10)
  if (separator !== 84 && separator !== 116 && separator !== 32) return undefined
  const days = dayAt(text)
  const hour = digits2(text, 11)
  const minute = digits2(text, 14)
  const second = digits2(text, 17)
  if (days === undefined || hour > 23 || minute > 59 || second > 59) return undefined
  if (text.charCodeAt(13) !== 58 || text.charCodeAt(16) !== 58) return undefined

  let at = 19
  let micros = 0
  if (text.charCodeAt(at) === 46) {
    const first = ++at
    for (; at < length; at++) {
      const digit = text.charCodeAt(at) - ZERO
      if (digit < 0 || digit > 9) break
      if (at - first < 6) micros = micros * 10 + digit
      else if (digit !== 0) return undefined
    }
    const count = at - first
    if (count === 0) return undefined
    for (let i = count; i < 6; i++) micros *= 10
  }
  const offset = offsetMinutes(text, at)
  if (offset === undefined) return undefined
  const seconds = days * 86_400 + (hour * 60 + minute - offset) * 60 + second
  if (seconds < -62_135_596_800 || seconds > 253_402_300_799) return undefined
  const total = seconds * 1_000_000 + micros
  return Number.isSafeInteger(total) ? total : BigInt(seconds) * 1_000_000n + BigInt(micros)
}

/**
 * Whether `timestampMicros` gives a number: in the spelling that JSON.stringify gives a Date, and without a fraction, told
 * from the characters alone.
 */
export function isTimestamp(text: string): boolean {
  const { length } = text
  const plain = (length === 24 && text.charCodeAt(19) === 46) || length === 20
  if (!plain || text.charCodeAt(length - 1) !== 90 || text.charCodeAt(10) !== 84)
    return timestampMicros(text) !== undefined
  const month = digits2(text, 5)
  const day = digits2(text, 8)
  return (
    text.charCodeAt(4) === 45 &&
    text.charCodeAt(7) === 45 &&
    text.charCodeAt(13) === 58 &&
    text.charCodeAt(16) === 58 &&
    digits2(text, 11) <= 23 &&
    digits2(text, 14) <= 59 &&
    digits2(text, 17) <= 59 &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    // the ends of months are rare enough for a closer look
    (day <= 28 ? yearAt(text) : dayAt(text) !== undefined) &&
    (length === 20 || digits2(text, 20) + digits2(text, 21) < 1000)
  )
}

function yearAt(text: string): boolean {
  const year = digits2(text, 0) * 100 + digits2(text, 2)
  return year >= 1 && year <= 9999
}

/** YYYY-MM-DD of a count of days since 1970-01-01. */
export function dateText(days: number): string {
  return new Date(days * 86_400_000).toISOString().slice(0, 10)
}

function dayAt(text: string): number | undefined {
  if (text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45) return undefined
  const year = digits2(text, 0) * 100 + digits2(text, 2)
  const month = digits2(text, 5)
  const day = digits2(text, 8)
  if (!(year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1)) return undefined
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  const last = month === 2 && leap ? 29 : DAYS_IN_MONTH[month - 1]!
  if (day > last) return undefined
  const before = year - 1
  const years = before * 365 + Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400)
  return years + DAYS_BEFORE_MONTH[month - 1]! + (leap && month > 2 ? 1 : 0) + day - 1 - DAYS_TO_1970
}

/** Two digits as a number; beyond any legal value, so that every range check refuses it, where they are no digits. */
function digits2(text: string, at: number): number {
  const tens = text.charCodeAt(at) - ZERO
  const ones = text.charCodeAt(at + 1) - ZERO
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : 1e6
}

/** Minutes east of UTC of `Z`, ` UTC` or `+hh:mm` that ends the text, else undefined. */
function offsetMinutes(text: string, at: number): number | undefined {
  const sign = text.charCodeAt(at)
  if (sign === 32) return text.length === at + 4 && text.endsWith(' UTC') ? 0 : undefined
  if (sign === 90 || sign === 122) return at + 1 === text.length ? 0 : undefined
  if ((sign !== 43 && sign !== 45) || at + 6 !== text.length || text.charCodeAt(at + 3) !== 58)
    return undefined
  const hours = digits2(text, at + 1)
  const minutes = digits2(text, at + 4)
  if (hours > 23 || minutes > 59) return undefined
  return (sign === 45 ? -1 : 1) * (hours * 60 + minutes)
}
