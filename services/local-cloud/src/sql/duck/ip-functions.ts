import { isIPv4, isIPv6 } from 'node:net'
import { BIGINT, BLOB, VARCHAR, type DuckDBScalarFunction } from '@duckdb/node-api'
import { blob, bytesOf } from './bytes.ts'
import { scalarFunction } from './scalar-function.ts'

/** The functions of GoogleSQL's NET that are about addresses. */
export function ipFunctions(): DuckDBScalarFunction[] {
  return [
    scalarFunction('ip_of_text', [VARCHAR], BLOB, (text) => {
      const bytes = ipOf(text as string)
      if (!bytes) throw new Error(`NET.IP_FROM_STRING() got invalid IP address string '${String(text)}'`)
      return blob(bytes)
    }),
    scalarFunction('ip_or_null', [VARCHAR], BLOB, (text) => {
      const bytes = ipOf(text as string)
      return bytes && blob(bytes)
    }),
    scalarFunction('text_of_ip', [BLOB], VARCHAR, (bytes) => textOf(bytesOf(bytes))),
    scalarFunction('ip_mask', [BIGINT, BIGINT], BLOB, (size, prefix) =>
      blob(mask(size as bigint, prefix as bigint)),
    ),
    scalarFunction('ip_truncated', [BLOB, BIGINT], BLOB, (bytes, prefix) =>
      blob(truncated(bytesOf(bytes), prefix as bigint)),
    ),
    scalarFunction('ip_of_number', [BIGINT], BLOB, (value) => blob(ofNumber(value as bigint))),
    scalarFunction('number_of_ip', [BLOB], BIGINT, (bytes) => numberOf(bytesOf(bytes))),
  ]
}

/** Bytes of an address in network order; undefined where the text is none. */
function ipOf(text: string): Uint8Array | undefined {
  if (isIPv4(text)) return Uint8Array.from(text.split('.'), Number)
  if (!isIPv6(text) || text.includes('%')) return undefined
  // the last four bytes may be written as those of IPv4
  const [, head, tail] = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text) ?? []
  const last = tail === undefined ? [] : tail.split('.').map(Number)
  const hex =
    tail === undefined
      ? text
      : `${head!}${((last[0]! << 8) | last[1]!).toString(16)}:${((last[2]! << 8) | last[3]!).toString(16)}`
  const [left, right] = hex.split('::').map((part) => part.split(':').filter(Boolean))
  const missing = 8 - left!.length - (right?.length ?? 0)
  const groups = [...left!, ...Array<string>(right ? missing : 0).fill('0'), ...(right ?? [])]
  return Uint8Array.from(
    groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]),
  )
}

/** @throws Error for bytes that are no address */
function textOf(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  if (bytes.length !== 16)
    throw new Error('NET.IP_TO_STRING: the length of the argument must be either 4 or 16')
  const groups = Array.from({ length: 8 }, (_, index) =>
    ((bytes[2 * index]! << 8) | bytes[2 * index + 1]!).toString(16),
  )
  if (groups.slice(0, 5).every((group) => group === '0') && groups[5] === 'ffff')
    return `::ffff:${bytes.subarray(12).join('.')}`
  // the longest run of zeroes, the first of equal ones, is left out (RFC 5952)
  let [from, size] = [0, 0]
  for (let at = 0; at < 8; at++) {
    let end = at
    while (groups[end] === '0') end++
    if (end - at > size) [from, size] = [at, end - at]
  }
  if (size < 2) return groups.join(':')
  return `${groups.slice(0, from).join(':')}::${groups.slice(from + size).join(':')}`
}

/** @throws Error */
function mask(size: bigint, prefix: bigint): Uint8Array {
  if (size !== 4n && size !== 16n)
    throw new Error('NET.IP_NET_MASK: the first argument must be either 4 or 16')
  if (prefix < 0n || prefix > size * 8n)
    throw new Error(`NET.IP_NET_MASK: the second argument must be in the range from 0 to ${size * 8n}`)
  return Uint8Array.from({ length: Number(size) }, (_, index) => {
    const bits = Math.min(8, Math.max(0, Number(prefix) - index * 8))
    return 256 - 2 ** (8 - bits)
  })
}

/** @throws Error */
function truncated(bytes: Uint8Array, prefix: bigint): Uint8Array {
  if (bytes.length !== 4 && bytes.length !== 16)
    throw new Error('NET.IP_TRUNC: length of the first argument must be either 4 or 16')
  if (prefix < 0n || prefix > BigInt(bytes.length * 8))
    throw new Error(`NET.IP_TRUNC: length must be in the range from 0 to ${bytes.length * 8}`)
  const by = mask(BigInt(bytes.length), prefix)
  return bytes.map((byte, index) => byte & by[index]!)
}

/** @throws Error for a number that four bytes do not hold */
function ofNumber(value: bigint): Uint8Array {
  if (value < -(2n ** 31n) || value > 2n ** 32n - 1n)
    throw new Error(`NET.IPV4_FROM_INT64 encountered a value out of range: ${value}`)
  const made = BigInt.asUintN(32, value)
  return Uint8Array.from([24n, 16n, 8n, 0n], (shift) => Number((made >> shift) & 255n))
}

/** @throws Error for what is not four bytes */
function numberOf(bytes: Uint8Array): bigint {
  if (bytes.length !== 4) throw new Error('NET.IPV4_TO_INT64: the length of the argument must be 4')
  return bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n)
}
