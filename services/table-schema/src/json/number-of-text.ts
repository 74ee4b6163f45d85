import { decimalOfText, isSameNumber, plainText, wholeDigits } from './decimal.ts'
import { rawNumber, type RawNumber } from './raw-number.ts'

/** No column holds a longer one: a double has at most 309 digits. To read many digits as a bigint takes more than linear time. */
const MOST_DIGITS = 400

/** The value of a JSON number's text, with all its digits: where a double does not give them back, a bigint or a RawNumber. */
export function numberOfText(text: string): number | bigint | RawNumber {
  const double = Number(text)
  if (isSameNumber(text, double)) return double
  const decimal = decimalOfText(text)
  const isWhole = decimal.exponent >= 0 && wholeDigits(decimal) <= MOST_DIGITS
  return isWhole ? BigInt(plainText(decimal)) : rawNumber(text)
}
