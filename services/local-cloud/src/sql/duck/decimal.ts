/** A number as it is, digit by digit: `digits / 10 ** scale`, which is not negative. */
export interface Decimal {
  readonly digits: bigint
  readonly scale: number
}

/**
 * Which way a number goes that is in the middle of two: to the even one, as FORMAT has it of FLOAT64, or away from zero; with `never` all
 * numbers go towards zero.
 */
export type Half = 'even' | 'away' | 'never'

const FRACTION_BITS = 52
/** Of the exponent of a double, which counts from 2 ** -1074. */
const BIAS = 1075

/** @param value finite; its sign is left out */
export function decimalOfFloat(value: number): Decimal {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, Math.abs(value))
  const bits = view.getBigUint64(0)
  const exponent = Number(bits >> BigInt(FRACTION_BITS))
  const fraction = bits & ((1n << BigInt(FRACTION_BITS)) - 1n)
  const mantissa = exponent === 0 ? fraction : fraction | (1n << BigInt(FRACTION_BITS))
  const power = Math.max(exponent, 1) - BIAS
  return power >= 0
    ? { digits: mantissa << BigInt(power), scale: 0 }
    : { digits: mantissa * 5n ** BigInt(-power), scale: -power }
}

/** @param text as `-12.5`; its sign is left out */
export function decimalOfText(text: string): Decimal {
  const [whole = '', fraction = ''] = text.replace('-', '').split('.')
  return { digits: BigInt(whole + fraction), scale: fraction.length }
}

/** With so many places behind the point. */
export function fixed(decimal: Decimal, places: number, half: Half): string {
  const text = String(rounded(decimal, places, half)).padStart(places + 1, '0')
  return places === 0 ? text : `${text.slice(0, -places)}.${text.slice(-places)}`
}

/** `1.25e+03`, with so many places behind the point. */
export function scientific(decimal: Decimal, places: number, half: Half): string {
  let power = decimal.digits === 0n ? 0 : String(decimal.digits).length - 1 - decimal.scale
  let digits = String(rounded(decimal, places - power, half)).padEnd(places + 1, '0')
  if (digits.length > places + 1) {
    power++
    digits = digits.slice(0, -1)
  }
  const fraction = places === 0 ? '' : `.${digits.slice(1)}`
  return `${digits[0]}${fraction}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`
}

/** The shorter of both, with so many digits that count; zeros at its end are left out, where `keeps` does not say otherwise. */
export function general(decimal: Decimal, digits: number, half: Half, keeps: boolean): string {
  const long = scientific(decimal, digits - 1, half)
  const power = Number(long.split('e')[1])
  const shown = power < -4 || power >= digits ? long : fixed(decimal, digits - 1 - power, half)
  return keeps ? shown : shown.replace(/(\.\d*?)0+(?=e|$)/, '$1').replace(/\.(?=e|$)/, '')
}

/** The digits of `decimal * 10 ** places`, rounded to a whole number. */
export function rounded({ digits, scale }: Decimal, places: number, half: Half): bigint {
  if (places >= scale) return digits * 10n ** BigInt(places - scale)
  const unit = 10n ** BigInt(scale - places)
  const [whole, rest] = [digits / unit, digits % unit]
  if (half === 'never') return whole
  const isUp = rest * 2n > unit || (rest * 2n === unit && (half === 'away' || whole % 2n === 1n))
  return isUp ? whole + 1n : whole
}
