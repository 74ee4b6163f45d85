import { decimalOfFloat, fixed, rounded as roundedDecimal, type Half } from './decimal.ts'

const DIGITS = 9

/** The number times ten to the ninth. */
function scaled(text: string): bigint {
  const [, sign, whole = '', fraction = ''] = /^(-?)(\d*)\.?(\d*)$/.exec(text)!
  const size = BigInt((whole || '0') + fraction.padEnd(DIGITS, '0'))
  return sign === '-' ? -size : size
}

function shown(value: bigint): string {
  const digits = (value < 0n ? -value : value).toString().padStart(DIGITS + 1, '0')
  return `${value < 0n ? '-' : ''}${digits.slice(0, -DIGITS)}.${digits.slice(-DIGITS)}`
}

/** Half away from zero. */
function rounded(value: bigint, by: bigint): bigint {
  const half = by < 0n ? -by / 2n : by / 2n
  const [size, divisor] = [value < 0n ? -value : value, by < 0n ? -by : by]
  const quotient = (size + half) / divisor
  return value < 0n !== by < 0n ? -quotient : quotient
}

/** NUMERIC a / b, with nine digits. @throws Error for a division by zero */
export function divideNumbers(a: string, b: string): string {
  if (scaled(b) === 0n) throw new Error(`division by zero: ${a} / ${b}`)
  return shown(rounded(scaled(a) * 10n ** 9n, scaled(b)))
}

/** NUMERIC to so many digits behind the point, or before it. */
export function roundNumber(text: string, digits: bigint, half: Half): string {
  if (digits >= 9n) return text
  if (digits < -MOST_WHOLE) return shown(0n)
  const by = 10n ** (9n - digits)
  const value = scaled(text)
  const [whole, rest] = [value / by, value % by]
  const twice = (rest < 0n ? -rest : rest) * 2n
  const isUp = half !== 'never' && (twice > by || (twice === by && (half === 'away' || whole % 2n !== 0n)))
  return shown((isUp ? whole + (value < 0n ? -1n : 1n) : whole) * by)
}

/** Digits before the point of a NUMERIC. */
const MOST_WHOLE = 29n

/** FLOAT64 as it is to its last digit, with so many behind the point. @throws Error for infinity, and what is no number */
export function decimalText(value: number, places: number): string {
  if (!Number.isFinite(value))
    throw new Error(`Illegal conversion of non-finite floating point number to a decimal: ${value}`)
  return `${value < 0 ? '-' : ''}${fixed(decimalOfFloat(value), places, 'away')}`
}

/** Places behind the point, and before it, of all that is no zero. */
const MOST_PLACES = 323n
const MOST_DIGITS = 308n

/** FLOAT64 to so many digits behind the point, or before it, of what the number is to its last digit. @throws Error for one too large */
export function roundFloat(value: number, digits: bigint, half: Half): number {
  if (!Number.isFinite(value) || digits > MOST_PLACES) return value
  if (digits < -MOST_DIGITS) return 0
  const size = Number(`${roundedDecimal(decimalOfFloat(value), Number(digits), half)}e${-digits}`)
  if (!Number.isFinite(size)) throw new Error(`floating point error in function: ROUND(${value}, ${digits})`)
  return value < 0 ? -size : size
}

/** What two FLOAT64 give. @throws Error where it is too large for one, which is not Infinity in GoogleSQL */
export function finite(a: number, operator: string, b: number, made: number): number {
  if (Number.isFinite(a) && Number.isFinite(b) && !Number.isFinite(made))
    throw new Error(`floating point error: ${a} ${operator} ${b}`)
  return made
}

/** @throws Error for a division by zero */
export function divideFloats(a: number, b: number): number {
  if (b === 0) throw new Error(`division by zero: ${a} / ${b}`)
  return finite(a, '/', b, a / b)
}
