import { toBase32 } from '../duck/text-functions.ts'
import { ofBase32 } from '../duck/bytes-functions.ts'

/** BASE64M: as many characters stand on a line (RFC 2045). */
const LINE = /.{76}(?=.)/g

interface Encoding {
  readonly toText: (bytes: Buffer) => string
  readonly toBytes: (text: string) => Buffer
}

const invalid = (name: string): Error => new Error(`Failed to decode invalid ${name} string`)

function checked(text: string, pattern: RegExp, name: string): string {
  if (!pattern.test(text)) throw invalid(name)
  return text
}

const HEX: Encoding = {
  toText: (bytes) => bytes.toString('hex'),
  toBytes: (text) => {
    const digits = checked(text, /^[0-9a-f]*$/i, 'hex')
    return Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex')
  },
}
const ASCII: Encoding = {
  toText: (bytes) => checked(bytes.toString('latin1'), /^[\0-\x7f]*$/, 'ASCII'),
  toBytes: (text) => Buffer.from(checked(text, /^[\0-\x7f]*$/, 'ASCII')),
}
const UTF8: Encoding = {
  toText: (bytes) => {
    const text = bytes.toString()
    if (!Buffer.from(text).equals(bytes)) throw invalid('UTF-8')
    return text
  },
  toBytes: (text) => Buffer.from(text),
}
const base64 = (toText: (text: string) => string): Encoding => ({
  toText: (bytes) => toText(bytes.toString('base64')),
  toBytes: (text) => {
    const digits = checked(text.replaceAll(/\s/g, ''), /^[A-Za-z0-9+/]*={0,2}$/, 'base64')
    if (digits.length % 4 !== 0) throw invalid('base64')
    return Buffer.from(digits, 'base64')
  },
})

/** Bytes for so many digits of base 8 that fill no three bytes. */
const BYTES_OF_DIGITS = [0, 1, 1, 1, 2, 2, 2, 3]

const ENCODINGS: Readonly<Record<string, Encoding>> = {
  HEX,
  BASE16: HEX,
  BASE2: {
    toText: (bytes) => Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join(''),
    toBytes: (text) => numberBytes(checked(text, /^[01]*$/, 'base2'), '0b', Math.ceil(text.length / 8)),
  },
  BASE8: {
    toText: (bytes) =>
      bytes.length === 0
        ? ''
        : BigInt(`0x${bytes.toString('hex')}`)
            .toString(8)
            .padStart(Math.ceil((bytes.length * 8) / 3), '0'),
    toBytes: (text) => {
      const size = Math.floor(text.length / 8) * 3 + BYTES_OF_DIGITS[text.length % 8]!
      return numberBytes(checked(text, /^[0-7]*$/, 'base8'), '0o', size)
    },
  },
  BASE32: { toText: toBase32, toBytes: (text) => Buffer.from(ofBase32(text)) },
  BASE64: base64((text) => text),
  BASE64M: base64((text) => text.replaceAll(LINE, '$&\n')),
  ASCII,
  'UTF-8': UTF8,
  UTF8,
}

/** So many of the last bytes of a number. */
function numberBytes(digits: string, prefix: string, size: number): Buffer {
  if (size === 0) return Buffer.alloc(0)
  const hex = BigInt(`${prefix}${digits}`).toString(16)
  return Buffer.from(hex.padStart(2 * size, '0').slice(-2 * size), 'hex')
}

function encodingOf(format: string): Encoding {
  const found = ENCODINGS[format.toUpperCase()]
  if (!found) throw new Error(`Invalid format string of a cast between BYTES and STRING: '${format}'`)
  return found
}

/** CAST(bytes AS STRING FORMAT format). @throws Error for a format that is none, and for bytes that it does not write */
export const bytesToText = (bytes: Uint8Array, format: string): string =>
  encodingOf(format).toText(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))

/** CAST(text AS BYTES FORMAT format). @throws Error for a format that is none, and for a text that is not so */
export const textToBytes = (text: string, format: string): Uint8Array => encodingOf(format).toBytes(text)
