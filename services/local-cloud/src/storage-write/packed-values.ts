import { RowError, textColumn } from '../bigquery/values/row-values.ts'

// How ZetaSQL serializes values of these types, which Java's JsonStreamWriter sends:
// github.com/google/zetasql, public/civil_time.h and public/numeric_value.h

const MICRO_BITS = 20n
const TIME_BITS = 37n
const [MONTH_SHIFT, DAY_SHIFT, HOUR_SHIFT, MINUTE_SHIFT, YEAR_SHIFT] = [22n, 17n, 12n, 6n, 26n]

/** A bit field of a number. */
const part = (from: bigint, shift: bigint, bits: bigint): number =>
  Number((from >> shift) & ((1n << bits) - 1n))

const two = (number: number): string => String(number).padStart(2, '0')

interface Clock {
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly micros: number
}

/** Hour, minute, second and microseconds, which both types have in the same bits. */
function clockOf(packed: bigint): Clock {
  const seconds = packed >> MICRO_BITS
  return {
    hour: part(seconds, HOUR_SHIFT, 5n),
    minute: part(seconds, MINUTE_SHIFT, 6n),
    second: part(seconds, 0n, 6n),
    micros: part(packed, 0n, MICRO_BITS),
  }
}

const isClock = ({ hour, minute, second, micros }: Clock): boolean =>
  hour < 24 && minute < 60 && second < 60 && micros < 1_000_000

const textOf = ({ hour, minute, second, micros }: Clock): string =>
  `${two(hour)}:${two(minute)}:${two(second)}.${String(micros).padStart(6, '0')}`

/** A TIME that is packed into 37 bits, as JSON text. @throws RowError where it is none */
export function timeOfPacked(packed: bigint, location: string): string {
  const clock = clockOf(packed)
  if (packed >> TIME_BITS === 0n && isClock(clock)) return textColumn(textOf(clock))
  throw new RowError(location, `Cannot convert value to time (bad value): ${packed}`)
}

/** A DATETIME that is packed into 60 bits, as JSON text. @throws RowError where it is none */
export function datetimeOfPacked(packed: bigint, location: string): string {
  const seconds = packed >> MICRO_BITS
  const [year, month, day] = [
    seconds >> YEAR_SHIFT,
    part(seconds, MONTH_SHIFT, 4n),
    part(seconds, DAY_SHIFT, 5n),
  ]
  const date = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`
  const clock = clockOf(packed)
  const time = year >= 1n && year <= 9999n ? Date.parse(`${date}T00:00:00Z`) : Number.NaN
  const isDay = !Number.isNaN(time) && new Date(time).toISOString().startsWith(date)
  if (isDay && isClock(clock)) return textColumn(`${date}T${textOf(clock)}`)
  throw new RowError(location, `Cannot convert value to datetime (bad value): ${packed}`)
}

/**
 * The decimal text of a NUMERIC or BIGNUMERIC that came as bytes: a number of so many decimals without its point, in two's complement,
 * the lowest byte first.
 *
 * @throws RowError where there is no byte, or there are more than 32
 */
export function decimalOfBytes(base64: string, decimals: number, location: string): string {
  const bytes = Buffer.from(Buffer.from(base64, 'base64').toReversed())
  if (bytes.length === 0 || bytes.length > 32)
    throw new RowError(location, `Cannot convert ${bytes.length} bytes to a number.`)
  const scaled = BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`))
  const digits = String(scaled < 0n ? -scaled : scaled).padStart(decimals + 1, '0')
  return `${scaled < 0n ? '-' : ''}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
}
