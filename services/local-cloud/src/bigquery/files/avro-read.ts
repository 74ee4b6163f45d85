import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import avro, { type Schema } from 'avsc'
import { BigQueryError } from '../errors.ts'
import type { Field } from '../values/fields.ts'
import { dateOfDays, timestampOfMicros } from '../values/row-values.ts'
import { DECODERS } from './avro-codecs.ts'
import { fieldsOfAvro, type AvroOptions } from './avro-schema.ts'
import { avroType, besidesNull } from './avro-types.ts'
import { decimalText } from './decimals.ts'
import type { FileRows, JsonRow } from './file-rows.ts'

type Part = { readonly name: string; readonly type: unknown }

/** Reads a file. @throws BigQueryError invalid where it is no Avro */
export async function readAvro(bytes: Buffer, options: AvroOptions): Promise<FileRows> {
  let schema: unknown
  const parseHook = (found: Schema) => {
    schema = found
    return avroType(found)
  }
  const decoder = new avro.streams.BlockDecoder({ codecs: DECODERS, parseHook })
  const values: Record<string, unknown>[] = []
  try {
    await pipeline(Readable.from([bytes]), decoder, async (found: AsyncIterable<Record<string, unknown>>) => {
      for await (const value of found) values.push(value)
    })
  } catch (error) {
    const message = `The Apache Avro library failed to read data: ${(error as Error).message}`
    throw new BigQueryError('invalid', message, { cause: error })
  }
  if (schema === undefined)
    throw new BigQueryError('invalid', 'The Apache Avro library failed to parse the header.')
  const fields = fieldsOfAvro(schema, options)
  const { fields: parts } = schema as { fields: readonly Part[] }
  return { fields, rows: values.map((value) => rowOf(value, fields, parts)) }
}

function rowOf(value: Record<string, unknown>, fields: readonly Field[], parts: readonly Part[]): JsonRow {
  return Object.fromEntries(
    fields.map((field, index) => [field.name, valueOf(value[field.name], field, parts[index]!.type)]),
  )
}

/** A value as BigQuery's JSON has it. */
function valueOf(found: unknown, field: Field, type: unknown): unknown {
  const one = besidesNull(type)
  // of a union it stands by the name of its branch
  const value = one === type || found === null ? found : Object.values(found as object)[0]
  if (value === null || value === undefined) return null
  if ((one as { type?: unknown }).type === 'map') {
    const { values } = one as { values: unknown }
    const [, ofValue] = field.fields!
    return Object.entries(value).map(([key, each]) => ({ key, value: valueOf(each, ofValue!, values) }))
  }
  if (field.mode === 'REPEATED') {
    const { items } = one as { items: unknown }
    return (value as unknown[]).map((item) => valueOf(item, { ...field, mode: 'NULLABLE' }, items))
  }
  if (field.type === 'RECORD') {
    const { fields: parts } = one as { fields: readonly Part[] }
    return rowOf(value as Record<string, unknown>, field.fields!, parts)
  }
  const { logicalType = '', scale = 0 } = one as { logicalType?: string; scale?: number }
  const micros = () => BigInt(value as bigint | number) * (logicalType.endsWith('millis') ? 1000n : 1n)
  if (field.type === 'TIMESTAMP') return JSON.parse(timestampOfMicros(micros(), field.name))
  if (field.type === 'TIME' && typeof value !== 'string') return timeText(micros())
  if (field.type === 'DATE' && typeof value === 'number') return JSON.parse(dateOfDays(value, field.name))
  if (logicalType === 'decimal') return decimalText(value as Buffer, scale)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  return typeof value === 'bigint' ? String(value) : value
}

function timeText(micros: bigint): string {
  const text = new Date(Number(micros / 1000n)).toISOString().slice(11, 23)
  return `${text}${String(micros % 1000n).padStart(3, '0')}`
}
