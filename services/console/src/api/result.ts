import Type, { type Static } from 'typebox'

export interface FieldShape {
  name: string
  type: string
  mode: string
  description?: string
  fields?: FieldShape[]
}

/** A column, by the names that types have in SQL, and BigQuery's of modes. */
export const Field = Type.Object({
  name: Type.String(),
  type: Type.String({ description: 'INT64, FLOAT64, STRUCT, JSON, …' }),
  mode: Type.String({ description: 'NULLABLE, REQUIRED or REPEATED' }),
  description: Type.Optional(Type.String()),
  fields: Type.Optional(Type.Array(Type.Unsafe<FieldShape>({ type: 'object' }))),
})

const ROW = `An object by column names. INT64: a number, or digits beyond 2^53; NUMERIC and BIGNUMERIC: digits; FLOAT64: a number, or NaN,
Infinity, -Infinity; TIMESTAMP: RFC 3339; BYTES: base64; JSON: its text`
export const RowShape = Type.Unsafe<Record<string, unknown>>({ type: 'object', description: ROW })

export const Result = Type.Object({
  columns: Type.Array(Field),
  rows: Type.Array(RowShape),
  total_rows: Type.Integer(),
  bytes_read: Type.Integer({ description: 'What BigQuery read for it' }),
  milliseconds: Type.Number(),
})
export type Result = Static<typeof Result>
