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

/** NUMERIC a / b, with nine digits. */
export function divideNumbers(a: string, b: string): string {
  return shown(rounded(scaled(a) * 10n ** 9n, scaled(b)))
}

/** NUMERIC to so many digits behind the point, or before it. */
export function roundNumber(text: string, digits: bigint): string {
  if (digits >= 9n) return text
  const by = 10n ** (9n - digits)
  return shown(rounded(scaled(text), by) * by)
}
