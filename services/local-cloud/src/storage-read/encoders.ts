import type { DuckDBValue } from '@duckdb/node-api'
import { makeData, RecordBatch, RecordBatchStreamWriter, Schema, Struct } from 'apache-arrow'
import type { Field } from '../bigquery/fields.ts'
import { inFormat } from '../bigquery/special-values.ts'
import { isPicos } from '../bigquery/type-parameters.ts'
import { avroEncoder } from '../bigquery/files/avro-write.ts'
import { arrowData, arrowField } from './arrow-columns.ts'

export type Row = readonly DuckDBValue[]

/** How the rows of a session are written. */
export interface Encoder {
  /** `arrowSchema` or `avroSchema`, as ReadSession and the first ReadRowsResponse have it. */
  readonly schema: object
  /** `arrowRecordBatch` or `avroRows`. */
  rows(rows: readonly Row[]): object
}

/** @param hasPicos whether TIMESTAMPs with picoseconds are text with all of them, else they are TIMESTAMPs like the others */
export function encoderOf(format: 'ARROW' | 'AVRO', columns: readonly Field[], hasPicos: boolean): Encoder {
  const fields = hasPicos
    ? columns.map((field) => (isPicos(field) ? { ...field, type: 'STRING' } : field))
    : columns
  const encoder = format === 'ARROW' ? arrowEncoder(fields) : avroRowsEncoder(fields)
  const change = hasPicos ? undefined : inFormat(columns, { timestamps: 'INT64' })
  return change ? { ...encoder, rows: (rows) => encoder.rows(rows.map(change)) } : encoder
}

function avroRowsEncoder(fields: readonly Field[]): Encoder {
  const { schema, encode } = avroEncoder(fields, { logicalTypes: true })
  return {
    schema: { avroSchema: { schema: JSON.stringify(schema) } },
    rows: (rows) => ({
      avroRows: { serializedBinaryRows: Buffer.concat(rows.map(encode)), rowCount: String(rows.length) },
    }),
  }
}

/** What ends a stream of Arrow's messages: a continuation without a length. */
const END_BYTES = 8

/** Each message by itself: whoever reads puts the schema before a batch. */
function arrowEncoder(fields: readonly Field[]): Encoder {
  const arrowFields = fields.map(arrowField)
  const schema = new Schema(arrowFields)
  const empty = messages(schema)
  const head = empty.subarray(0, empty.length - END_BYTES)
  return {
    schema: { arrowSchema: { serializedSchema: head } },
    rows: (rows) => {
      const children = fields.map((field, index) =>
        arrowData(
          field,
          arrowFields[index]!.type,
          rows.map((row) => row[index]),
        ),
      )
      const type = new Struct(arrowFields)
      const data = makeData({ type, length: rows.length, nullCount: 0, children })
      const all = messages(schema, new RecordBatch(schema, data))
      const serializedRecordBatch = all.subarray(head.length, all.length - END_BYTES)
      return { arrowRecordBatch: { serializedRecordBatch, rowCount: String(rows.length) } }
    },
  }
}

function messages(schema: Schema, batch?: RecordBatch): Buffer {
  const writer = new RecordBatchStreamWriter()
  writer.reset(undefined, schema)
  if (batch) writer.write(batch)
  writer.finish()
  return Buffer.from(writer.toUint8Array(true))
}
