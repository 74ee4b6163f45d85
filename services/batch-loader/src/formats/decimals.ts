/** A whole number of any size in two's complement, the highest byte first: how Parquet and Avro keep decimals. */
export function signedOf(bytes: Uint8Array): bigint {
  if (bytes.length === 0) return 0n
  const value = BigInt(`0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')}`)
  return BigInt.asIntN(bytes.length * 8, value)
}

/** The text of `unscaled`, a safe number where it is one, by ten to the power of minus `scale`, with all digits: `-0.50`. */
export function decimalOf(unscaled: bigint | number, scale: number): string {
  const sign = unscaled < 0 ? '-' : ''
  const digits = (unscaled < 0 ? -unscaled : unscaled).toString()
  if (scale <= 0) return `${sign}${digits}${digits === '0' ? '' : '0'.repeat(-scale)}`
  const padded = digits.padStart(scale + 1, '0')
  return `${sign}${padded.slice(0, -scale)}.${padded.slice(-scale)}`
}
