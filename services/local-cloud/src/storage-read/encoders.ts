import type { Field } from '../bigquery/values/fields.ts'
import { inFormat } from '../bigquery/values/special-values.ts'
import { isPicos } from '../bigquery/values/type-parameters.ts'
import { avroEncoder } from '../bigquery/files/avro-write.ts'
import type { Encoder } from './encoder.ts'

/** @param hasPicos whether TIMESTAMPs with picoseconds are text with all of them, else they are TIMESTAMPs like the others */
export async function encoderOf(
  format: 'ARROW' | 'AVRO',
  columns: readonly Field[],
  hasPicos: boolean,
): Promise<Encoder> {
  const fields = hasPicos
    ? columns.map((field) => (isPicos(field) ? { ...field, type: 'STRING' } : field))
    : columns
  const encoder = format === 'ARROW' ? await arrowEncoderOf(fields) : avroRowsEncoder(fields)
  const change = hasPicos ? undefined : inFormat(columns, { timestamps: 'INT64' })
  return change ? { ...encoder, rows: (rows) => encoder.rows(rows.map(change)) } : encoder
}

/** Loading Arrow takes megabytes and a fifth of a second, which only those pay who ask for it. */
async function arrowEncoderOf(fields: readonly Field[]): Promise<Encoder> {
  const { arrowEncoder } = await import('./arrow-encoder.ts')
  return arrowEncoder(fields)
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
