import { decimalOfText } from './decimal.ts'

/** Digits that are divided at a time: all of a number of a million digits together take seconds. */
const AT_ONCE = 15

/**
 * Whether a number is a whole number of times another one, as decimals: a double misses 0.01 by a little, and a million of it by more.
 *
 * @param number text of a JSON number
 * @param divisor above 0
 */
export function isMultipleOf(number: string, divisor: number): boolean {
  const all = decimalOfText(number)
  const each = decimalOfText(String(divisor))
  if (all.digits === '') return true
  const shift = all.exponent - each.exponent
  // its digits do not end in 0: what is left of them is no multiple of 10
  if (shift < 0) return false
  // such a number nobody has written down, and no column holds it
  if (!Number.isFinite(shift)) return true
  const by = BigInt(each.digits)
  let rest = 0n
  for (let at = 0; at < all.digits.length; at += AT_ONCE) {
    const part = all.digits.slice(at, at + AT_ONCE)
    rest = (rest * 10n ** BigInt(part.length) + BigInt(part)) % by
  }
  return (rest * powerOfTen(shift, by)) % by === 0n
}

/** 10^exponent modulo a number. */
function powerOfTen(exponent: number, modulo: bigint): bigint {
  let power = 1n
  let base = 10n % modulo
  for (let left = BigInt(exponent); left > 0n; left >>= 1n) {
    if (left & 1n) power = (power * base) % modulo
    base = (base * base) % modulo
  }
  return power
}
