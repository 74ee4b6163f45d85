import { isUtf8 } from 'node:buffer'
import type { ParquetParsers, SchemaElement, SchemaTree } from 'hyparquet'
import { decimalOf, signedOf } from './decimals.ts'
import { dayText, timestampText, timeText, type SecondDigits } from './time-text.ts'
import { doubleText, Unwritable, writeField, type WriteText } from './unwritable.ts'

/** Bytes that are no text, though the file says so. */
class NoText {
  readonly bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }
}

/** Text as JSON text, once for each entry of a dictionary. */
const textOf = (bytes: Uint8Array | undefined): unknown => {
  if (bytes === undefined) return undefined
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  return isUtf8(buffer) ? JSON.stringify(buffer.toString()) : new NoText(Buffer.from(buffer))
}
const jsonTextOf = (bytes: Uint8Array | undefined): unknown => {
  if (bytes === undefined) return undefined
  const text = Buffer.from(bytes).toString()
  try {
    JSON.parse(text)
    return text
  } catch {
    return textOf(bytes)
  }
}

export const PARSERS: Partial<ParquetParsers> = {
  stringFromBytes: textOf,
  jsonFromBytes: jsonTextOf,
  // of INT96, the times of older writers
  timestampFromNanoseconds: (nanos) => nanos,
}

/**
 * The schema as the library is to read it: without the annotations of leaves but those of text. It would make doubles of decimals and
 * milliseconds of microseconds; the numbers as they are stored have all digits, and `parquetWriter` knows what they mean.
 */
export function plainSchema(schema: readonly SchemaElement[]): SchemaElement[] {
  return schema.map((element) => {
    if ((element.num_children ?? 0) > 0 || element.type === undefined) return element
    const { converted_type: _converted, logical_type: _logical, ...plain } = element
    const kind = annotation(element)
    if (kind === 'text') return { ...plain, converted_type: 'UTF8' as const }
    if (kind === 'json') return { ...plain, converted_type: 'JSON' as const }
    return plain
  })
}

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

function annotation({ type, converted_type: converted, logical_type: logical }: SchemaElement): Kind {
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

/** Writes the values of a column that the library read by `plainSchema`, as JSON. @param tree of the schema as the file has it */
export function parquetWriter(tree: SchemaTree): WriteText {
  const write = treeWriter(tree)
  return (value) => (value === null || value === undefined ? 'null' : write(value))
}

function treeWriter(tree: SchemaTree): WriteText {
  const { element, children } = tree
  if (children.length === 0)
    return element.repetition_type === 'REPEATED' ? listWriter(leafWriter(element)) : leafWriter(element)
  const list = listElement(tree)
  if (list) return listWriter(parquetWriter(list))
  const map = mapValue(tree)
  if (map) return mapWriter(parquetWriter(map))
  const record = recordWriter(children)
  return element.repetition_type === 'REPEATED' ? listWriter(record) : record
}

function recordWriter(children: readonly SchemaTree[]): WriteText {
  const fields = children.map((child) => {
    const { name } = child.element
    return { name, start: `${JSON.stringify(name)}:`, write: parquetWriter(child) }
  })
  return (value) =>
    `{${fields.map(({ name, start, write }) => start + writeField(write, name, (value as Record<string, unknown>)[name])).join(',')}}`
}

function listWriter(item: WriteText): WriteText {
  const write: WriteText = (value) => (value === null || value === undefined ? 'null' : item(value))
  return (value) =>
    `[${Array.from(value as ArrayLike<unknown>, (each, at) => writeField(write, String(at), each)).join(',')}]`
}

/** A key is text: JSON text as it is, another value as its text. */
function mapWriter(each: WriteText): WriteText {
  return (value) => {
    const fields = Object.entries(value as object).map(([key, found]) => {
      const name = key.startsWith('"') ? key : JSON.stringify(key)
      return `${name}:${writeField(each, key, found)}`
    })
    return `{${fields.join(',')}}`
  }
}

/** Parquet, LogicalTypes.md: a list is a group LIST of one repeated group of one element; older writers leave the inner one out. */
function listElement({ element, children }: SchemaTree): SchemaTree | undefined {
  const [repeated] = children
  const isList = element.converted_type === 'LIST' || element.logical_type?.type === 'LIST'
  if (!isList || children.length !== 1 || repeated!.element.repetition_type !== 'REPEATED') return undefined
  return repeated!.children.length === 1 ? repeated!.children[0] : undefined
}

function mapValue({ element, children }: SchemaTree): SchemaTree | undefined {
  const [repeated] = children
  const isMap =
    element.converted_type === 'MAP' ||
    element.converted_type === 'MAP_KEY_VALUE' ||
    element.logical_type?.type === 'MAP'
  return isMap && repeated?.children.length === 2 ? repeated.children[1] : undefined
}

function leafWriter(element: SchemaElement): WriteText {
  const digits = digitsOf(element)
  const scale = element.scale ?? 0
  switch (annotation(element)) {
    case 'text':
    case 'json':
      return (value) => {
        if (value instanceof NoText)
          throw new Unwritable(
            `its bytes are no UTF-8: ${Buffer.from(value.bytes.subarray(0, 20)).toString('hex')}`,
          )
        return value as string
      }
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
      return (value) => String(BigInt.asUintN(64, value as bigint))
    case 'decimal':
      return (value) =>
        decimalOf(value instanceof Uint8Array ? signedOf(value) : BigInt(value as number | bigint), scale)
    case 'date':
      return (value) => `"${dayText(value as number)}"`
    case 'time':
      return (value) => `"${timeText(value as number | bigint, digits)}"`
    case 'timestamp':
      return (value) => `"${timestampText(value as bigint, digits)}"`
    case 'int96':
      return (value) => `"${timestampText(value as bigint, 9)}"`
    case 'uuid':
      return (value) => `"${uuidText(value as Uint8Array)}"`
    case 'interval':
      return (value) => `"${intervalText(value as Uint8Array)}"`
    default:
      return (value) => `"${Buffer.from(value as Uint8Array).toString('base64')}"`
  }
}

function digitsOf({ converted_type: converted, logical_type: logical }: SchemaElement): SecondDigits {
  const unit = logical && 'unit' in logical ? logical.unit : undefined
  if (unit === 'NANOS') return 9
  return unit === 'MICROS' || converted?.endsWith('_MICROS') ? 6 : 3
}

function uuidText(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

/** ISO 8601, as BigQuery writes intervals in JSON. Months, days and milliseconds, each in four bytes. */
function intervalText(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes)
  return `P${buffer.readUInt32LE(0)}M${buffer.readUInt32LE(4)}DT${decimalOf(BigInt(buffer.readUInt32LE(8)), 3)}S`
}

function halfOf(bytes: Uint8Array): number {
  const bits = bytes[1]! * 256 + bytes[0]!
  const sign = bits >> 15 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = (bits & 0x3ff) / 1024
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Infinity
  return exponent === 0 ? sign * 2 ** -14 * fraction : sign * 2 ** (exponent - 15) * (1 + fraction)
}
