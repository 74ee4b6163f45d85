const AT_ONCE = 8

/**
 * CRC-32C (RFC 3720, B.4), which Node's zlib does not have: reflected polynomial 0x82f63b78. The first table has what one byte makes of
 * the checksum, each further one what that becomes when another byte of zeros follows: so eight bytes are looked up side by side.
 */
const TABLES = tables()

function tables(): readonly Uint32Array[] {
  const first = Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1
    return value
  })
  const all = [first]
  while (all.length < AT_ONCE) all.push(all.at(-1)!.map((value) => (value >>> 8) ^ first[value & 0xff]!))
  return all
}

/** Goes on with a checksum, 0 at the start. */
export function crc32c(bytes: Uint8Array, before = 0): number {
  const [a, b, c, d, e, f, g, h] = TABLES as [
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
  ]
  const whole = bytes.length - (bytes.length % AT_ONCE)
  let value = ~before
  let at = 0
  for (; at < whole; at += AT_ONCE) {
    value ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    value =
      h[value & 0xff]! ^
      g[(value >>> 8) & 0xff]! ^
      f[(value >>> 16) & 0xff]! ^
      e[value >>> 24]! ^
      d[bytes[at + 4]!]! ^
      c[bytes[at + 5]!]! ^
      b[bytes[at + 6]!]! ^
      a[bytes[at + 7]!]!
  }
  for (; at < bytes.length; at++) value = (value >>> 8) ^ a[(value ^ bytes[at]!) & 0xff]!
  return ~value >>> 0
}

/** As the API writes it: base64 of four bytes, the highest first. */
export function crc32cText(value: number): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes.toString('base64')
}
