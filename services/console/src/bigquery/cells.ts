/** A field of a schema, by the API's names of types: INTEGER, FLOAT, RECORD, … */
export interface Field {
  readonly name: string
  readonly type: string
  readonly mode?: string
  readonly description?: string
  readonly fields?: readonly Field[]
}

/** A row as the API sends it. */
export interface RawRow {
  readonly f: readonly Cell[]
}
interface Cell {
  readonly v: unknown
}

/** A value as the console tells it; see `cellOf`. */
export type CellValue = null | boolean | number | string | readonly CellValue[] | Row
export interface Row {
  readonly [column: string]: CellValue
}

/** A row as an object by column names. */
export function cellsOf(fields: readonly Field[], { f: cells }: RawRow): Row {
  return Object.fromEntries(
    fields.map((field, index) => [field.name, cellOf(field, cells[index]?.v ?? null)]),
  )
}

/**
 * INTEGER: a number, or its digits where a double does not hold them. FLOAT: a number, or NaN, Infinity, -Infinity as text. NUMERIC and
 * BIGNUMERIC: their digits. TIMESTAMP: RFC 3339 with all its microseconds. BYTES: base64. JSON: its text.
 */
function cellOf(field: Field, value: unknown): CellValue {
  if (field.mode === 'REPEATED')
    return ((value ?? []) as Cell[]).map(({ v }) => cellOf({ ...field, mode: 'NULLABLE' }, v))
  if (value === null || value === undefined) return null
  const text = value as string
  switch (field.type) {
    case 'RECORD':
    case 'STRUCT':
      return cellsOf(field.fields ?? [], value as RawRow)
    case 'BOOLEAN':
    case 'BOOL':
      return text === 'true'
    case 'INTEGER':
    case 'INT64':
      return Number.isSafeInteger(Number(text)) ? Number(text) : text
    case 'FLOAT':
    case 'FLOAT64':
      return Number.isFinite(Number(text)) ? Number(text) : text
    case 'TIMESTAMP':
      return timestampText(text)
    default:
      return text
  }
}

/** Microseconds since 1970, as Google's client asks for them, as RFC 3339. */
function timestampText(text: string): string {
  const micros = BigInt(text)
  const millis = micros / 1000n - (micros % 1000n < 0n ? 1n : 0n)
  const rest = String(micros - millis * 1000n).padStart(3, '0')
  const time = new Date(Number(millis)).toISOString()
  return rest === '000' ? time : `${time.slice(0, -1)}${rest}Z`
}
