import {
  DuckDBBlobValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBStructValue,
  type DuckDBValue,
} from '@duckdb/node-api'
import { Field as ArrowField, List, makeData, Struct, type Data, type DataType } from 'apache-arrow'
import { cellText } from '../bigquery/values/cells.ts'
import type { Field } from '../bigquery/values/fields.ts'
import { BIGNUMERIC_SCALE, NUMERIC_SCALE, scalarType, sqlTypeOf } from './arrow-types.ts'

type Value = DuckDBValue | undefined

/** A column as Arrow describes it (docs: Storage Read API, "Arrow schema details"). */
export function arrowField(field: Field): ArrowField {
  const isRepeated = field.mode === 'REPEATED'
  const one = field.type === 'RECORD' ? new Struct(field.fields!.map(arrowField)) : scalarType(field.type)
  const type = isRepeated ? new List(new ArrowField('item', one, true)) : one
  return new ArrowField(field.name, type, !isRepeated && field.mode !== 'REQUIRED', sqlTypeOf(field.type))
}

/** Values of a column in Arrow's buffers. */
export function arrowData(field: Field, type: DataType, values: readonly Value[]): Data {
  return field.mode === 'REPEATED' ? lists(field, type, values) : ones(field, type, values)
}

function lists(field: Field, type: DataType, values: readonly Value[]): Data {
  const offsets = new Int32Array(values.length + 1)
  const items: Value[] = []
  values.forEach((value, index) => {
    if (value instanceof DuckDBListValue) for (const item of value.items) items.push(item)
    offsets[index + 1] = items.length
  })
  const list = type as List
  const child = ones(field, list.children[0]!.type, items)
  return makeData({ type: list, length: values.length, nullCount: 0, valueOffsets: offsets, child })
}

function ones(field: Field, type: DataType, values: readonly Value[]): Data {
  const { length } = values
  const common = { length, ...validityOf(values) }
  if (field.type === 'RECORD') {
    const struct = type as Struct
    const children = field.fields!.map((inner, index) => {
      const own = values.map((value) =>
        // by its place: a field of a query's result may have no name
        value instanceof DuckDBStructValue ? Object.values(value.entries)[index] : null,
      )
      return arrowData(inner, struct.children[index]!.type, own)
    })
    return makeData({ ...common, type: struct, children })
  }
  const made = buffersOf(field.type, values)
  return makeData({ ...common, type, ...made } as never)
}

/** A bit for each value that there is; none where all are. */
function validityOf(values: readonly Value[]): {
  readonly nullCount: number
  readonly nullBitmap?: Uint8Array
} {
  let nullCount = 0
  for (const value of values) if (isNull(value)) nullCount++
  return nullCount === 0 ? { nullCount } : { nullCount, nullBitmap: bits(values, (value) => !isNull(value)) }
}

const isNull = (value: Value): boolean => value === null || value === undefined

function bits(values: readonly Value[], isSet: (value: Value) => boolean): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(values.length / 8))
  values.forEach((value, index) => {
    if (isSet(value)) bytes[index >> 3]! |= 1 << (index & 7)
  })
  return bytes
}

interface Micros {
  readonly micros: bigint
}

function buffersOf(type: string, values: readonly Value[]): object {
  switch (type) {
    case 'INTEGER':
      return { data: BigInt64Array.from(values, (value) => BigInt((value ?? 0) as bigint | number)) }
    case 'FLOAT':
      return { data: Float64Array.from(values, (value) => Number(value ?? 0)) }
    case 'BOOLEAN':
      return { data: bits(values, (value) => value === true) }
    case 'TIMESTAMP':
    case 'DATETIME':
    case 'TIME':
      return { data: BigInt64Array.from(values, (value) => (value as Micros | null)?.micros ?? 0n) }
    case 'DATE':
      return { data: Int32Array.from(values, (value) => (value as { days: number } | null)?.days ?? 0) }
    case 'NUMERIC':
      return { data: decimals(values, 4, (value) => numericOf(value as DuckDBDecimalValue)) }
    case 'BIGNUMERIC':
      return { data: decimals(values, 8, (value) => scaled(value as string)) }
    case 'BYTES':
      return variable(values, (value) => (value as DuckDBBlobValue).bytes)
    default:
      return variable(values, (value) => Buffer.from(typeof value === 'string' ? value : cellText(value)))
  }
}

/** Texts or bytes one behind the other, and where each ends. */
function variable(values: readonly Value[], bytesOf: (value: DuckDBValue) => Uint8Array): object {
  const valueOffsets = new Int32Array(values.length + 1)
  const parts: Uint8Array[] = []
  let size = 0
  values.forEach((value, index) => {
    if (!isNull(value)) {
      const bytes = bytesOf(value!)
      parts.push(bytes)
      size += bytes.length
    }
    valueOffsets[index + 1] = size
  })
  return { valueOffsets, data: new Uint8Array(Buffer.concat(parts, size)) }
}

/** Whole numbers in so many words of 32 bits, the lowest first. */
function decimals(
  values: readonly Value[],
  words: number,
  numberOf: (value: DuckDBValue) => bigint,
): Uint32Array {
  const data = new Uint32Array(values.length * words)
  values.forEach((value, index) => {
    if (isNull(value)) return
    let rest = BigInt.asUintN(words * 32, numberOf(value!))
    for (let word = 0; word < words; word++) {
      data[index * words + word] = Number(rest & 0xffffffffn)
      rest >>= 32n
    }
  })
  return data
}

/** A decimal as a number of 10^-9. */
const numericOf = ({ value, scale }: DuckDBDecimalValue): bigint =>
  value * 10n ** BigInt(NUMERIC_SCALE - scale)

/** `1.5` as a number of 10^-38. */
function scaled(text: string): bigint {
  const [whole = '0', fraction = ''] = text.replace(/^[+-]/, '').split('.')
  const number = BigInt(whole + fraction.padEnd(BIGNUMERIC_SCALE, '0'))
  return text.startsWith('-') ? -number : number
}
