/** An Avro decimal: the unscaled number as two's complement, the highest byte first. */
export function decimalBytes(text: string, scale: number): Buffer {
  const [, sign = '', whole = '0', fraction = ''] = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(text) ?? []
  const digits = BigInt(`${whole}${fraction.slice(0, scale).padEnd(scale, '0')}`)
  let rest = sign === '-' ? -digits : digits
  const bytes: number[] = []
  for (;;) {
    const byte = Number(BigInt.asUintN(8, rest))
    bytes.unshift(byte)
    rest >>= 8n
    const isNegative = byte >= 128
    if ((rest === 0n && !isNegative) || (rest === -1n && isNegative)) return Buffer.from(bytes)
  }
}

export function decimalText(bytes: Uint8Array, scale: number): string {
  let value = 0n
  for (const byte of bytes) value = (value << 8n) | BigInt(byte)
  value = BigInt.asIntN(Math.max(bytes.length, 1) * 8, value)
  const sign = value < 0n ? '-' : ''
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0')
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, '')
  return `${sign}${digits.slice(0, digits.length - scale)}${scale > 0 && fraction !== '' ? `.${fraction}` : ''}`
}
