import { randomBytes } from 'node:crypto'
import { open } from 'node:fs/promises'
import { promisify } from 'node:util'
import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBListValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimeValue,
  type DuckDBValue,
} from '@duckdb/node-api'
import { cellText } from '../cells.ts'
import type { Field } from '../fields.ts'
import { ENCODERS, type AvroCodec } from './avro-codecs.ts'
import { avroSchema, type AvroOptions, type AvroRecord } from './avro-schema.ts'
import { avroType, besidesNull, branchOf } from './avro-types.ts'
import { decimalBytes } from './decimals.ts'

/** Bytes of a block before it is packed: blocks can be read each by itself. */
const BLOCK = 1 << 20
const MAGIC = Buffer.from('Obj\u0001')
const SYNC_BYTES = 16

// avro.apache.org/docs: Object Container Files
const META = avroType({ type: 'map', values: 'bytes' })
const COUNT = avroType('long')
const BYTES = avroType('bytes')

type Row = readonly (DuckDBValue | undefined)[]

/** Writes rows of a table to a file. */
export async function writeAvro(
  path: string,
  fields: readonly Field[],
  rows: readonly Row[],
  { codec, ...options }: AvroOptions & { readonly codec: AvroCodec },
): Promise<void> {
  const schema = avroSchema(fields, options)
  const type = avroType(schema)
  const pack = promisify(ENCODERS[codec]) as (bytes: Buffer) => Promise<Buffer>
  const sync = randomBytes(SYNC_BYTES)
  const meta = { 'avro.schema': Buffer.from(JSON.stringify(schema)), 'avro.codec': Buffer.from(codec) }
  const file = await open(path, 'w')
  try {
    await file.write(Buffer.concat([MAGIC, META.toBuffer(meta), sync]))
    let block: Buffer[] = []
    let size = 0
    const flush = async () => {
      const packed = BYTES.toBuffer(await pack(Buffer.concat(block)))
      await file.write(Buffer.concat([COUNT.toBuffer(BigInt(block.length)), packed, sync]))
      block = []
      size = 0
    }
    for (const row of rows) {
      const bytes = type.toBuffer(recordOf(schema, fields, row, options))
      block.push(bytes)
      size += bytes.length
      if (size >= BLOCK) await flush()
    }
    if (block.length > 0) await flush()
  } finally {
    await file.close()
  }
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
    const { entries } = value
    const row = field.fields!.map(({ name }) => entries[name])
    return recordOf(type as AvroRecord, field.fields!, row, options)
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
