const SMALL: Readonly<Record<string, readonly [least: number, most: number]>> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  sint32: [-(2 ** 31), 2 ** 31 - 1],
  sfixed32: [-(2 ** 31), 2 ** 31 - 1],
  uint32: [0, 2 ** 32 - 1],
  fixed32: [0, 2 ** 32 - 1],
}
const LARGE: Readonly<Record<string, readonly [least: bigint, most: bigint]>> = {
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  sint64: [-(2n ** 63n), 2n ** 63n - 1n],
  sfixed64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
  fixed64: [0n, 2n ** 64n - 1n],
}
const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/
const BASE64 = /^[\w+/-]*={0,2}$/

/** A value of a scalar type in proto3 JSON: numbers may be text. @throws Error that names path and value */
export function checkScalar(type: string, value: unknown, path: string): void {
  if (!isScalar(type, value))
    throw new Error(`${path} is no ${type}: ${JSON.stringify(value)?.slice(0, 100)}`)
}

function isScalar(type: string, value: unknown): boolean {
  if (type === 'string') return typeof value === 'string' && value.isWellFormed()
  if (type === 'bytes') return typeof value === 'string' && BASE64.test(value)
  if (type === 'bool') return typeof value === 'boolean'
  const isNumber = typeof value === 'number' || (typeof value === 'string' && NUMBER.test(value))
  if (type === 'double' || type === 'float')
    return isNumber || value === 'NaN' || value === 'Infinity' || value === '-Infinity'
  if (!isNumber) return false
  const small = SMALL[type]
  if (small) return Number.isInteger(Number(value)) && Number(value) >= small[0] && Number(value) <= small[1]
  const large = LARGE[type]
  if (!large) return false
  const whole = /^-?\d+$/.test(String(value))
    ? BigInt(String(value))
    : Number.isInteger(Number(value)) && BigInt(Number(value))
  return typeof whole === 'bigint' && whole >= large[0] && whole <= large[1]
}
