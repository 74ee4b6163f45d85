import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBListValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimeValue,
  type DuckDBValue,
} from '@duckdb/node-api'
import { cellText } from '../values/cells.ts'
import type { Field } from '../values/fields.ts'
import type { AvroCodec } from './avro-codecs.ts'
import { writeContainer } from './avro-container.ts'
import { avroSchema, type AvroOptions, type AvroRecord } from './avro-schema.ts'
import { avroType, besidesNull, branchOf } from './avro-types.ts'
import { decimalBytes } from './decimals.ts'

type Row = readonly (DuckDBValue | undefined)[]

/** Writes rows of a table to a file. */
export async function writeAvro(
  path: string,
  fields: readonly Field[],
  rows: readonly Row[],
  { codec, ...options }: AvroOptions & { readonly codec: AvroCodec },
): Promise<void> {
  const { schema, encode } = avroEncoder(fields, options)
  const records = function* () {
    for (const row of rows) yield encode(row)
  }
  await writeContainer(path, schema, records(), codec)
}

/** Rows as Avro, each by itself. */
export function avroEncoder(
  fields: readonly Field[],
  options: AvroOptions,
): { readonly schema: AvroRecord; readonly encode: (row: Row) => Buffer } {
  const schema = avroSchema(fields, options)
  const type = avroType(schema)
  return { schema, encode: (row) => type.toBuffer(recordOf(schema, fields, row, options)) }
}

function recordOf(
  schema: AvroRecord,
  fields: readonly Field[],
  row: Row,
  options: AvroOptions,
): Record<string, unknown> {
  return Object.fromEntries(
    fields.map((field, index) => [
      field.name,
      valueOf(field, schema.fields[index]!.type, row[index], options),
    ]),
  )
}

function valueOf(field: Field, type: unknown, value: DuckDBValue | undefined, options: AvroOptions): unknown {
  if (field.mode === 'REPEATED') {
    const { items: itemType } = type as { items: unknown }
    const items = value instanceof DuckDBListValue ? value.items : []
    return items.map((item) => oneOf(field, itemType, item, options))
  }
  if (value === null || value === undefined) return null
  const one = besidesNull(type)
  const made = oneOf(field, one, value, options)
  return one === type ? made : { [branchOf(one)]: made }
}

function oneOf(field: Field, type: unknown, value: DuckDBValue, options: AvroOptions): unknown {
  if (value instanceof DuckDBStructValue) {
    return recordOf(type as AvroRecord, field.fields!, Object.values(value.entries), options)
  }
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes)
  if (value instanceof DuckDBTimestampTZValue) return value.micros
  if (value instanceof DuckDBDateValue && options.logicalTypes) return value.days
  if (value instanceof DuckDBTimeValue && options.logicalTypes) return value.micros
  if (field.type === 'INTEGER') return BigInt(value as bigint | number)
  if (field.type === 'NUMERIC') return decimalBytes(cellText(value), 9)
  if (field.type === 'BIGNUMERIC') return decimalBytes(cellText(value), 38)
  return typeof value === 'number' || typeof value === 'boolean' ? value : cellText(value)
}
