import { makeData, RecordBatch, RecordBatchStreamWriter, Schema, Struct } from 'apache-arrow'
import type { Field } from '../bigquery/values/fields.ts'
import { arrowData, arrowField } from './arrow-columns.ts'
import type { Encoder } from './encoder.ts'

/** What ends a stream of Arrow's messages: a continuation without a length. */
const END_BYTES = 8

/** Each message by itself: whoever reads puts the schema before a batch. */
export function arrowEncoder(fields: readonly Field[]): Encoder {
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
