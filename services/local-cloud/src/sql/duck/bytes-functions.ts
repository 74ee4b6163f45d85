import { createHash } from 'node:crypto'
import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DuckDBBlobValue,
  LIST,
  listValue,
  VARCHAR,
  type DuckDBListValue,
  type DuckDBScalarFunction,
} from '@duckdb/node-api'
import { blob, bytesOf as bytesIn } from './bytes.ts'
import { scalarFunction, type Value } from './scalar-function.ts'
import { placeOfText } from './text-functions.ts'

const bytesOf = (value: Value): Buffer => Buffer.from(bytesIn(value))

/** Functions of BYTES that DuckDB has for texts alone, or not at all. */
export function bytesFunctions(): DuckDBScalarFunction[] {
  return [
    scalarFunction('like_bytes', [BLOB, BLOB], BOOLEAN, (bytes, pattern) =>
      isLike(latin(bytes), latin(pattern)),
    ),
    scalarFunction('bytes_in_case', [BLOB, VARCHAR], BLOB, (bytes, way) =>
      blob(inCase(bytesOf(bytes), way as string)),
    ),
    scalarFunction('reverse_bytes', [BLOB], BLOB, (bytes) =>
      blob(Uint8Array.from(bytesOf(bytes)).toReversed()),
    ),
    scalarFunction('replace_bytes', [BLOB, BLOB, BLOB], BLOB, (bytes, from, to) =>
      blob(replaced(bytesOf(bytes), bytesOf(from), bytesOf(to))),
    ),
    scalarFunction('trim_bytes', [BLOB, BLOB, VARCHAR], BLOB, (bytes, set, sides) =>
      blob(trimmed(bytesOf(bytes), bytesOf(set), sides as string)),
    ),
    scalarFunction(
      'place_of_bytes',
      [BLOB, BLOB, BIGINT, BIGINT],
      BIGINT,
      (bytes, part, position, occurrence) =>
        placeOfText(latin(bytes), latin(part), position as bigint, occurrence as bigint),
    ),
    scalarFunction('split_bytes', [BLOB, BLOB], LIST(BLOB), (bytes, by) =>
      listValue(split(bytesOf(bytes), bytesOf(by)).map(blob)),
    ),
    scalarFunction('bytes_as_numbers', [BLOB], LIST(BIGINT), (bytes) =>
      listValue([...bytesOf(bytes)].map(BigInt)),
    ),
    scalarFunction('bytes_of_numbers', [LIST(BIGINT)], BLOB, (numbers) =>
      bytesOfNumbers((numbers as DuckDBListValue).items as (bigint | null)[]),
    ),
    scalarFunction('bits_in_bytes', [BLOB], BIGINT, (bytes) => BigInt(bitCount(bytesOf(bytes)))),
    scalarFunction('sha512_of', [BLOB], BLOB, (bytes) =>
      blob(createHash('sha512').update(bytesOf(bytes)).digest()),
    ),
    scalarFunction('bytes_of_base32', [VARCHAR], BLOB, (text) => blob(ofBase32(text as string))),
    scalarFunction('bits_of_bytes', [BLOB, BLOB, VARCHAR], BLOB, (a, b, operator) =>
      blob(combined(bytesOf(a), bytesOf(b), operator as string)),
    ),
    scalarFunction('shifted_bytes', [BLOB, BIGINT], BLOB, (bytes, by) =>
      blob(shifted(bytesOf(bytes), by as bigint)),
    ),
  ]
}

/** A character for each byte. */
const latin = (value: Value): string => bytesOf(value).toString('latin1')

function split(bytes: Buffer, by: Buffer): Buffer[] {
  if (by.length === 0) return bytes.length === 0 ? [bytes] : [...bytes].map((byte) => Buffer.from([byte]))
  const parts: Buffer[] = []
  let from = 0
  for (let at = bytes.indexOf(by); at >= 0; at = bytes.indexOf(by, from)) {
    parts.push(bytes.subarray(from, at))
    from = at + by.length
  }
  return [...parts, bytes.subarray(from)]
}

function replaced(bytes: Buffer, from: Buffer, to: Buffer): Buffer {
  if (from.length === 0) return bytes
  return Buffer.concat(split(bytes, from).flatMap((part, index) => (index === 0 ? [part] : [to, part])))
}

/** @param sides l, r or both */
function trimmed(bytes: Buffer, set: Buffer, sides: string): Buffer {
  let [from, to] = [0, bytes.length]
  if (sides.includes('l')) while (from < to && set.includes(bytes[from]!)) from++
  if (sides.includes('r')) while (to > from && set.includes(bytes[to - 1]!)) to--
  return bytes.subarray(from, to)
}

/** @throws Error for a number that is no byte */
function bytesOfNumbers(numbers: readonly (bigint | null)[]): DuckDBBlobValue | null {
  if (numbers.includes(null)) return null
  const wrong = numbers.find((number) => number! < 0n || number! > 255n)
  if (wrong !== undefined) throw new Error(`Invalid byte value ${wrong!}`)
  return blob(Uint8Array.from(numbers as bigint[], Number))
}

function bitCount(bytes: Buffer): number {
  let count = 0
  for (let byte of bytes) for (; byte > 0; byte >>= 1) count += byte & 1
  return count
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** Bytes of base 32 of RFC 4648. @throws Error for a text that is none */
export function ofBase32(text: string): Buffer {
  const digits = text.replace(/=+$/, '')
  if (!/^[A-Z2-7]*$/i.test(digits) || text.length % 8 !== 0 || [1, 3, 6].includes(digits.length % 8))
    throw new Error('Failed to decode invalid base32 string')
  const bits = Array.from(digits.toUpperCase(), (digit) =>
    ALPHABET.indexOf(digit).toString(2).padStart(5, '0'),
  ).join('')
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((eight) => Number.parseInt(eight, 2)))
}

/** `a | b`, `a & b`, `a ^ b`. @throws Error where one is longer */
function combined(a: Buffer, b: Buffer, operator: string): Buffer {
  if (a.length !== b.length)
    throw new Error(
      `Bitwise binary operator for BYTES requires equal length of the inputs. Got ${a.length} bytes on the left hand side and ${b.length} bytes on the right hand side.`,
    )
  return a.map((byte, index) => {
    const other = b[index]!
    return operator === '|' ? byte | other : operator === '&' ? byte & other : byte ^ other
  }) as Buffer
}

/** So many bits to the left, to the right where it is negative; the size stays. */
function shifted(bytes: Buffer, by: bigint): Buffer {
  const size = BigInt(bytes.length) * 8n
  if (bytes.length === 0) return bytes
  const value = BigInt(`0x${bytes.toString('hex')}`)
  const steps = by < 0n ? -by : by
  const made = steps >= size ? 0n : by < 0n ? value >> steps : BigInt.asUintN(Number(size), value << steps)
  return Buffer.from(made.toString(16).padStart(bytes.length * 2, '0'), 'hex')
}

/** `%` is any bytes, `_` one; a backslash takes its meaning from what stands behind it. @throws Error for a backslash at the end */
function isLike(text: string, pattern: string): boolean {
  const parts = Array.from(pattern.matchAll(/\\[\s\S]|[\s\S]/g), ([part]) => part)
  if (parts.at(-1) === '\\') throw new Error('LIKE pattern ends with a backslash')
  let [at, next] = [0, 0]
  // the last `%`, and where what it stands for ends: only that one is ever tried again, so time grows with the product of both lengths
  let [any, end] = [-1, 0]
  while (at < text.length) {
    const part = parts[next]
    if (part === '%') {
      any = next++
      end = at
    } else if (part === '_' || (part !== undefined && part.at(-1) === text[at])) {
      next++
      at++
    } else if (any >= 0) {
      next = any + 1
      at = ++end
    } else {
      return false
    }
  }
  return parts.slice(next).every((part) => part === '%')
}

/** Letters of ASCII; all other bytes stay as they are. */
function inCase(bytes: Buffer, way: string): Uint8Array {
  const [first, last] = way === 'lower' ? [0x41, 0x5a] : [0x61, 0x7a]
  return Uint8Array.from(bytes, (byte) => (byte >= first && byte <= last ? byte ^ 0x20 : byte))
}
