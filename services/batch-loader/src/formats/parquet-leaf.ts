import { isUtf8 } from 'node:buffer'
import type { SchemaElement } from 'hyparquet'
import { decimalOf, signedOf } from './decimals.ts'
import { dayWriter, timestampWriter, timeText, type SecondDigits } from './time-text.ts'
import { doubleText, Unwritable, type WriteText } from './unwritable.ts'

type Kind =
  | 'text'
  | 'json'
  | 'boolean'
  | 'number'
  | 'double'
  | 'float16'
  | 'uint32'
  | 'uint64'
  | 'decimal'
  | 'date'
  | 'time'
  | 'timestamp'
  | 'int96'
  | 'uuid'
  | 'interval'
  | 'bytes'

/** What the values of a column mean (parquet-format, LogicalTypes.md). */
export function kindOf({ type, converted_type: converted, logical_type: logical }: SchemaElement): Kind {
  if (converted === 'DECIMAL' || logical?.type === 'DECIMAL') return 'decimal'
  if (converted === 'DATE' || logical?.type === 'DATE') return 'date'
  if (converted?.startsWith('TIME_') || logical?.type === 'TIME') return 'time'
  if (converted?.startsWith('TIMESTAMP_') || logical?.type === 'TIMESTAMP') return 'timestamp'
  if (converted === 'JSON' || logical?.type === 'JSON') return 'json'
  if (converted === 'UTF8' || converted === 'ENUM' || logical?.type === 'STRING' || logical?.type === 'ENUM')
    return 'text'
  if (converted === 'INTERVAL') return 'interval'
  if (logical?.type === 'UUID') return 'uuid'
  if (logical?.type === 'FLOAT16') return 'float16'
  const isUnsigned = logical?.type === 'INTEGER' && !logical.isSigned
  switch (type) {
    case 'BOOLEAN':
      return 'boolean'
    case 'INT32':
      return converted?.startsWith('UINT') || isUnsigned ? 'uint32' : 'number'
    case 'INT64':
      return converted === 'UINT_64' || isUnsigned ? 'uint64' : 'number'
    case 'INT96':
      return 'int96'
    case 'FLOAT':
    case 'DOUBLE':
      return 'double'
    default:
      return 'bytes'
  }
}

/**
 * Writes values of a column, as they are stored, as JSON text that has all of their digits. INT64 comes as a number where that is safe,
 * else as a bigint; what has bytes as these.
 */
export function leafWriter(element: SchemaElement): WriteText {
  const digits = digitsOf(element)
  const { logical_type: logical } = element
  // newer writers may leave out what the logical type says, too (parquet.thrift, SchemaElement)
  const scale = element.scale ?? (logical?.type === 'DECIMAL' ? logical.scale : 0)
  switch (kindOf(element)) {
    case 'text':
      return (value) => textOf(value as Uint8Array)
    case 'json':
      return (value) => documentOf(value as Uint8Array)
    case 'boolean':
    case 'number':
      return String
    case 'double':
      return (value) => doubleText(value as number)
    case 'float16':
      return (value) => doubleText(halfOf(value as Uint8Array))
    case 'uint32':
      return (value) => String((value as number) >>> 0)
    case 'uint64':
      return (value) => String(BigInt.asUintN(64, BigInt(value as number | bigint)))
    case 'decimal':
      return (value) =>
        decimalOf(value instanceof Uint8Array ? signedOf(value) : (value as number | bigint), scale)
    case 'date': {
      const dayOf = dayWriter()
      return (value) => `"${dayOf(value as number)}"`
    }
    case 'time':
      return (value) => `"${timeText(value as number | bigint, digits)}"`
    case 'timestamp': {
      const timestampOf = timestampWriter(digits)
      return (value) => `"${timestampOf(value as number | bigint)}"`
    }
    case 'int96': {
      const timestampOf = timestampWriter(9)
      return (value) => `"${timestampOf(nanosOf(value as bigint))}"`
    }
    case 'uuid':
      return (value) => `"${uuidText(value as Uint8Array)}"`
    case 'interval':
      return (value) => `"${intervalText(value as Uint8Array)}"`
    default:
      return (value) => `"${bufferOf(value as Uint8Array).toString('base64')}"`
  }
}

/** @throws Unwritable where they are no text, though the file says so */
function textOf(bytes: Uint8Array): string {
  const buffer = bufferOf(bytes)
  if (!isUtf8(buffer))
    throw new Unwritable(`its bytes are no UTF-8: ${buffer.subarray(0, 20).toString('hex')}`)
  return JSON.stringify(buffer.toString())
}

/** What is no JSON, though the file says so, is a text. */
function documentOf(bytes: Uint8Array): string {
  const buffer = bufferOf(bytes)
  const text = buffer.toString()
  try {
    JSON.parse(text)
  } catch {
    return textOf(bytes)
  }
  return isUtf8(buffer) ? text : textOf(bytes)
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

function digitsOf({ converted_type: converted, logical_type: logical }: SchemaElement): SecondDigits {
  const unit = logical && 'unit' in logical ? logical.unit : undefined
  if (unit === 'NANOS') return 9
  return unit === 'MICROS' || converted?.endsWith('_MICROS') ? 6 : 3
}

/** The times of older writers: nanoseconds of a day in 64 bits, and above them the day by the Julian calendar. */
function nanosOf(value: bigint): bigint {
  const days = (value >> 64n) - 2_440_588n
  return days * 86_400_000_000_000n + BigInt.asUintN(64, value)
}

function uuidText(bytes: Uint8Array): string {
  return bufferOf(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

/** ISO 8601, as BigQuery writes intervals in JSON. Months, days and milliseconds, each in four bytes. */
function intervalText(bytes: Uint8Array): string {
  const buffer = bufferOf(bytes)
  return `P${buffer.readUInt32LE(0)}M${buffer.readUInt32LE(4)}DT${decimalOf(buffer.readUInt32LE(8), 3)}S`
}

function halfOf(bytes: Uint8Array): number {
  const bits = bytes[1]! * 256 + bytes[0]!
  const sign = bits >> 15 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = (bits & 0x3ff) / 1024
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Infinity
  return exponent === 0 ? sign * 2 ** -14 * fraction : sign * 2 ** (exponent - 15) * (1 + fraction)
}
