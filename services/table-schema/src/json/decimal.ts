import { rawNumber, type RawNumber } from './raw-number.ts'

/** What the text of a JSON number stands for: digits × 10^exponent. The digits neither begin nor end with 0; zero has none. */
export interface Decimal {
  readonly isNegative: boolean
  readonly digits: string
  /** Infinity where nobody could count so far: no column holds such a number. */
  readonly exponent: number
}

const NUMBER = /^-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/
const MINUS = 45
const ZERO = 48

export function isJsonNumber(text: string): boolean {
  return NUMBER.test(text)
}

/**
 * The decimal that a JSON number's text spells. Two texts spell the same number where their decimals are equal: `1.50`, `15e-1`.
 *
 * @throws TypeError for a text that is no JSON number
 */
export function decimalOfText(text: string): Decimal {
  if (last === undefined || text !== lastText) {
    last = readDecimal(text)
    lastText = text
  }
  return last
}

// each type of column is asked in turn whether it takes the number
let lastText = ''
let last: Decimal | undefined

function readDecimal(text: string): Decimal {
  if (!NUMBER.test(text)) throw new TypeError(`${text.slice(0, 100)} is no JSON number`)
  const start = text.charCodeAt(0) === MINUS ? 1 : 0
  const point = text.indexOf('.')
  const power = exponentAt(text)
  const mantissa = power < 0 ? text.length : power
  const all =
    point < 0 ? text.slice(start, mantissa) : text.slice(start, point) + text.slice(point + 1, mantissa)
  const fraction = point < 0 ? 0 : mantissa - point - 1
  let first = 0
  while (all.charCodeAt(first) === ZERO) first++
  let end = all.length
  while (end > first && all.charCodeAt(end - 1) === ZERO) end--
  const isZero = first === end
  const exponent = power < 0 ? 0 : Number(text.slice(power + 1))
  return {
    isNegative: start === 1 && !isZero,
    digits: all.slice(first, end),
    exponent: isZero ? 0 : exponent - fraction + all.length - end,
  }
}

/** Where the exponent begins; below 0 where there is none. */
function exponentAt(text: string): number {
  const small = text.indexOf('e')
  return small < 0 ? text.indexOf('E') : small
}

/** So many digits tell every double from its neighbours: programs that print doubles use them (`%.17g`), or as few as will do. */
const MOST_OF_A_DOUBLE = 17

/**
 * Whether a double stands for the number that the text spells: by the shortest text that the double is told by, which is what
 * everybody reads who reads it. Up to 15 digits always do.
 */
export function isSameNumber(text: string, double: number): boolean {
  // to print a double takes longer than to count digits
  if (text.length > MOST_OF_A_DOUBLE && decimalOfText(text).digits.length > MOST_OF_A_DOUBLE) return false
  const shortest = String(double)
  if (shortest === text) return true
  if (!Number.isFinite(double)) return false
  return isSameDecimal(decimalOfText(text), readDecimal(shortest))
}

/**
 * Whether a double gives a number's digits back when it is printed with as many of them, 17 at most: then the text is one of those that
 * the double is told by, if not the shortest.
 */
export function isToldByDouble(text: string, double: number): boolean {
  if (isSameNumber(text, double)) return true
  if (!Number.isFinite(double)) return false
  const decimal = decimalOfText(text)
  const count = decimal.digits.length
  return (
    count > 0 && count <= MOST_OF_A_DOUBLE && isSameDecimal(decimal, readDecimal(double.toPrecision(count)))
  )
}

function isSameDecimal(one: Decimal, two: Decimal): boolean {
  return one.digits === two.digits && one.exponent === two.exponent && one.isNegative === two.isNegative
}

/** Digits before the point. */
export function wholeDigits({ digits, exponent }: Decimal): number {
  return Math.max(0, digits.length + exponent)
}

/** Digits behind the point. */
export function scaleOf({ exponent }: Decimal): number {
  return Math.max(0, -exponent)
}

/** The number as a text that is the same however it was spelled: `15e-1` for `1.50`. */
export function oneSpelling(value: RawNumber): RawNumber {
  const { isNegative, digits, exponent } = decimalOfText(value.rawJSON)
  // of what nobody could count only the text is known; zero has no digits
  if (digits === '' || !Number.isSafeInteger(exponent)) return value
  return rawNumber(`${isNegative ? '-' : ''}${digits}e${exponent}`)
}

/** Without an exponent: `-0.00125`. For a decimal that a column holds: others could be of any length. */
export function plainText(decimal: Decimal): string {
  const { isNegative, digits, exponent } = decimal
  if (digits === '') return '0'
  const scale = scaleOf(decimal)
  const padded = exponent > 0 ? digits + '0'.repeat(exponent) : digits.padStart(scale + 1, '0')
  const point = padded.length - scale
  const text = scale === 0 ? padded : `${padded.slice(0, point)}.${padded.slice(point)}`
  return isNegative ? `-${text}` : text
}
