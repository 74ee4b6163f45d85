import type { Cell, Field } from './bigquery-rest.ts'

const MICROS = 1_000_000n

/** A value of one column, as BigQuery's REST interface gives it, as JSON text. By hand: parsing and printing would round large numbers. */
export function jsonOf(field: Field, value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (field.mode === 'REPEATED')
    return `[${itemsOf(value)
      .map((item) => jsonOf(itemField(field), item))
      .join(',')}]`
  switch (field.type) {
    case 'RECORD':
      return recordJson(field.fields ?? [], cellsOf(value))
    case 'INTEGER':
    case 'BOOLEAN':
    case 'JSON':
      return value as string
    case 'FLOAT':
      return Number.isFinite(Number(value)) ? (value as string) : JSON.stringify(value)
    default:
      return JSON.stringify(plainText(field, value))
  }
}

export function recordJson(fields: readonly Field[], cells: readonly Cell[]): string {
  const parts = fields.map(
    (field, index) => `${JSON.stringify(field.name)}:${jsonOf(field, cells[index]?.v)}`,
  )
  return `{${parts.join(',')}}`
}

/** A value that is neither NULL nor nested, as people read it. */
export function plainText(field: Field, value: unknown): string {
  return field.type === 'TIMESTAMP' ? timestampText(String(value)) : String(value)
}

/** RFC 3339 in UTC with all six digits, from microseconds since 1970. */
function timestampText(micros: string): string {
  const all = BigInt(micros)
  const rest = ((all % MICROS) + MICROS) % MICROS
  const seconds = new Date(Number((all - rest) / 1000n)).toISOString().slice(0, -'.000Z'.length)
  return `${seconds}.${String(rest).padStart(6, '0')}Z`
}

/** True: it has values in it, and is shown as a tree. */
export function isNested(field: Field): boolean {
  return field.mode === 'REPEATED' || field.type === 'RECORD' || field.type === 'JSON'
}

export function itemsOf(value: unknown): unknown[] {
  return (value as readonly Cell[]).map(({ v }) => v)
}

export function cellsOf(value: unknown): readonly Cell[] {
  return (value as { readonly f: readonly Cell[] }).f
}

/** The field of one element of an array. */
export function itemField(field: Field): Field {
  return { ...field, mode: 'NULLABLE' }
}
