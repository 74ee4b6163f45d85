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

const SECONDS = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]\+?(\d+))?$/

/** Seconds since 1970, as the API writes them (`1.7E9`, `1764435600.123456`), as RFC 3339. */
export function timestampText(seconds: string): string {
  const micros = microsOf(seconds)
  if (micros === undefined) return seconds
  const millis = micros / 1000n - (micros % 1000n < 0n ? 1n : 0n)
  const rest = String(micros - millis * 1000n).padStart(3, '0')
  const text = new Date(Number(millis)).toISOString()
  return rest === '000' ? text : `${text.slice(0, -1)}${rest}Z`
}

function microsOf(seconds: string): bigint | undefined {
  const [, sign, whole, fraction = '', exponent = '0'] = SECONDS.exec(seconds) ?? []
  if (whole === undefined) return undefined
  const power = Number(exponent) + 6
  const digits = whole + fraction.padEnd(power, '0').slice(0, power)
  const micros = BigInt(digits)
  return sign === '-' ? -micros : micros
}
