const QUOTE = 0x22
const BACKSLASH = 0x5c
const MINUS = 0x2d
const POINT = 0x2e
const ZERO = 0x30

/** Where a value ends that begins at `at`; NOT_PLAIN: it is not written as JSON.stringify writes it, or is of another kind. */
export type ScanValue = (bytes: Buffer, at: number) => number

export const NOT_PLAIN = -1

/** Digits that a double gives back as they stand. */
const EXACT_DIGITS = 15
/** From so many zeros behind the point on JavaScript writes an exponent. */
const MOST_ZEROS = 5

const LARGEST_INT64 = Buffer.from('9223372036854775807')
/** NUMERIC: of its 38 digits 9 stand behind the point. */
const WHOLE_DIGITS = 29
const FRACTION_DIGITS = 9

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= ZERO && byte <= 0x39

/** A text in quotes. */
export function scanText(bytes: Buffer, at: number): number {
  if (bytes[at] !== QUOTE) return NOT_PLAIN
  for (let index = at + 1; index < bytes.length; index++) {
    const byte = bytes[index]!
    if (byte === QUOTE) return index + 1
    if (byte < 0x20) return NOT_PLAIN
    if (byte === BACKSLASH && !isShortEscape(bytes[++index])) return NOT_PLAIN
  }
  return NOT_PLAIN
}

/** `\"`, `\\`, `\b`, `\f`, `\n`, `\r`, `\t`: characters that have another escape are rare, and `\/` is none of JSON.stringify's. */
function isShortEscape(byte: number | undefined): boolean {
  switch (byte) {
    case QUOTE:
    case BACKSLASH:
    case 0x62:
    case 0x66:
    case 0x6e:
    case 0x72:
    case 0x74:
      return true
    default:
      return false
  }
}

export function scanBoolean(bytes: Buffer, at: number): number {
  if (isWord(bytes, at, TRUE)) return at + TRUE.length
  return isWord(bytes, at, FALSE) ? at + FALSE.length : NOT_PLAIN
}

const TRUE = Buffer.from('true')
const FALSE = Buffer.from('false')

export function isWord(bytes: Buffer, at: number, word: Buffer): boolean {
  for (let index = 0; index < word.length; index++) if (bytes[at + index] !== word[index]) return false
  return true
}

/** A text or a truth value of a JSON column. */
export function scanJson(bytes: Buffer, at: number): number {
  return bytes[at] === QUOTE ? scanText(bytes, at) : scanBoolean(bytes, at)
}

/** Where digits end, the first of which is no zero before others; `at` where none is there. */
function endOfWhole(bytes: Buffer, at: number): number {
  if (bytes[at] === ZERO) return isDigit(bytes[at + 1]) ? at : at + 1
  return endOfDigits(bytes, at)
}

function endOfDigits(bytes: Buffer, at: number): number {
  let end = at
  while (isDigit(bytes[end])) end++
  return end
}

/** A number, or a text with one. */
export function scanInt64(bytes: Buffer, at: number): number {
  const isQuoted = bytes[at] === QUOTE
  const signed = isQuoted ? at + 1 : at
  const first = bytes[signed] === MINUS ? signed + 1 : signed
  const end = endOfWhole(bytes, first)
  const digits = end - first
  if (digits === 0) return NOT_PLAIN
  if (isQuoted) return bytes[end] === QUOTE && isInt64(bytes, first, digits) ? end + 1 : NOT_PLAIN
  return digits <= EXACT_DIGITS && !isMinusZero(bytes, first, at) ? end : NOT_PLAIN
}

const isMinusZero = (bytes: Buffer, first: number, at: number) => first > at && bytes[first] === ZERO

/** -2^63 itself is converted. */
function isInt64(bytes: Buffer, first: number, digits: number): boolean {
  const most = LARGEST_INT64.length
  if (digits !== most) return digits < most
  return bytes.compare(LARGEST_INT64, 0, most, first, first + most) <= 0
}

/** A number without an exponent, with as many digits as are needed. */
export function scanFloat(bytes: Buffer, at: number): number {
  const first = bytes[at] === MINUS ? at + 1 : at
  const whole = endOfWhole(bytes, first)
  if (whole === first) return NOT_PLAIN
  if (bytes[whole] !== POINT)
    return whole - first <= EXACT_DIGITS && !isMinusZero(bytes, first, at) ? whole : NOT_PLAIN
  const end = endOfDigits(bytes, whole + 1)
  const isShort = end - first - 1 <= EXACT_DIGITS
  if (end === whole + 1 || bytes[end - 1] === ZERO || !isShort) return NOT_PLAIN
  let zeros = 0
  if (bytes[first] === ZERO) while (bytes[whole + 1 + zeros] === ZERO) zeros++
  return zeros > MOST_ZEROS ? NOT_PLAIN : end
}

/** A text with a number. */
export function scanNumeric(bytes: Buffer, at: number): number {
  if (bytes[at] !== QUOTE) return NOT_PLAIN
  const first = bytes[at + 1] === MINUS ? at + 2 : at + 1
  let end = endOfDigits(bytes, first)
  if (end === first || end - first > WHOLE_DIGITS) return NOT_PLAIN
  if (bytes[end] === POINT) {
    const fraction = end + 1
    end = endOfDigits(bytes, fraction)
    if (end === fraction || end - fraction > FRACTION_DIGITS) return NOT_PLAIN
  }
  return bytes[end] === QUOTE ? end + 1 : NOT_PLAIN
}

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const
const DATE_BYTES = 10

/** Of two digits; -1: they are none. */
function twoDigits(bytes: Buffer, at: number): number {
  return isDigit(bytes[at]) && isDigit(bytes[at + 1]) ? (bytes[at]! - ZERO) * 10 + bytes[at + 1]! - ZERO : -1
}

/** Whether 2026-11-30 stands there. Whether there is a 29th of February must be reckoned, elsewhere. */
function isDay(bytes: Buffer, at: number): boolean {
  const century = twoDigits(bytes, at)
  const year = twoDigits(bytes, at + 2)
  const month = twoDigits(bytes, at + 5)
  const day = twoDigits(bytes, at + 8)
  if (century < 0 || year < 0 || century + year === 0) return false
  return bytes[at + 4] === MINUS && bytes[at + 7] === MINUS && day > 0 && day <= (DAYS[month - 1] ?? 0)
}

export function scanDate(bytes: Buffer, at: number): number {
  const end = at + 1 + DATE_BYTES
  return bytes[at] === QUOTE && isDay(bytes, at + 1) && bytes[end] === QUOTE ? end + 1 : NOT_PLAIN
}

const LETTER_T = 0x54
const LETTER_Z = 0x5a
const COLON = 0x3a
/** Microseconds. */
const MOST_FRACTION = 6

/** 2026-11-30T01:02:03.000004Z */
export function scanTimestamp(bytes: Buffer, at: number): number {
  if (bytes[at] !== QUOTE || !isDay(bytes, at + 1)) return NOT_PLAIN
  const time = at + 1 + DATE_BYTES
  if (bytes[time] !== LETTER_T || bytes[time + 3] !== COLON || bytes[time + 6] !== COLON) return NOT_PLAIN
  if (!isUpTo(23, twoDigits(bytes, time + 1))) return NOT_PLAIN
  if (!isUpTo(59, twoDigits(bytes, time + 4)) || !isUpTo(59, twoDigits(bytes, time + 7))) return NOT_PLAIN
  let end = time + 9
  if (bytes[end] === POINT) {
    const fraction = end + 1
    end = endOfDigits(bytes, fraction)
    if (end === fraction || end - fraction > MOST_FRACTION) return NOT_PLAIN
  }
  return bytes[end] === LETTER_Z && bytes[end + 1] === QUOTE ? end + 2 : NOT_PLAIN
}

const isUpTo = (most: number, value: number) => value >= 0 && value <= most
