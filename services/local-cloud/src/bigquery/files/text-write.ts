import {
  DuckDBListValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  type DuckDBValue,
} from '@duckdb/node-api'
import { cellText } from '../values/cells.ts'
import { BigQueryError } from '../errors.ts'
import type { Field } from '../values/fields.ts'

type Row = readonly (DuckDBValue | undefined)[]

/** Rows as lines of JSON, as exports have them: INT64 and decimals as text, NULL left out (docs: exporting data). */
export function jsonLines(fields: readonly Field[], rows: readonly Row[]): string {
  return rows.map((row) => `${JSON.stringify(jsonOf(fields, row))}\n`).join('')
}

function jsonOf(fields: readonly Field[], row: Row): Record<string, unknown> {
  const pairs = fields.map((field, index) => [field.name, jsonValue(field, row[index])] as const)
  return Object.fromEntries(pairs.filter(([, value]) => value !== undefined))
}

function jsonValue(field: Field, value: DuckDBValue | undefined): unknown {
  if (field.mode === 'REPEATED') {
    const items = value instanceof DuckDBListValue ? value.items : []
    return items.map((item) => jsonValue({ ...field, mode: 'NULLABLE' }, item))
  }
  if (value === null || value === undefined) return undefined
  if (value instanceof DuckDBStructValue) {
    const { entries } = value
    return jsonOf(
      field.fields!,
      field.fields!.map(({ name }) => entries[name]),
    )
  }
  if (field.type === 'JSON') return JSON.parse(value as string)
  if (field.type === 'FLOAT' || field.type === 'BOOLEAN')
    return typeof value === 'number' && !Number.isFinite(value) ? cellText(value) : value
  return scalarText(value)
}

export interface CsvOptions {
  readonly delimiter: string
  readonly header: boolean
}

/** Rows as CSV. @throws BigQueryError for records and arrays, which it has no form for */
export function csvText(
  fields: readonly Field[],
  rows: readonly Row[],
  { delimiter, header }: CsvOptions,
): string {
  const nested = fields.find(({ type, mode }) => type === 'RECORD' || mode === 'REPEATED')
  if (nested) {
    const message = `Operation cannot be performed on a nested schema. Field: ${nested.name}`
    throw new BigQueryError('invalid', message)
  }
  const line = (cells: readonly (string | null)[]) =>
    `${cells.map((cell) => (cell === null ? '' : isQuoted(cell, delimiter) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(delimiter)}\n`
  const cellOf = (value: DuckDBValue | undefined) =>
    value === null || value === undefined ? null : scalarText(value)
  const head = header ? line(fields.map(({ name }) => name)) : ''
  return head + rows.map((row) => line(fields.map((_, index) => cellOf(row[index])))).join('')
}

/** An empty text is quoted, too: without quotes it is read as NULL. */
function isQuoted(cell: string, delimiter: string): boolean {
  return cell === '' || /["\r\n]/.test(cell) || cell.includes(delimiter)
}

/** `2026-01-02 03:04:05.000006 UTC`, as exports write a TIMESTAMP. */
function scalarText(value: DuckDBValue): string {
  if (!(value instanceof DuckDBTimestampTZValue)) return cellText(value)
  const { micros } = value
  const second = micros >= 0n ? micros / 1_000_000n : (micros - 999_999n) / 1_000_000n
  const fraction = Number(micros - second * 1_000_000n)
  const text = new Date(Number(second) * 1000).toISOString().slice(0, 19).replace('T', ' ')
  return `${text}${fraction === 0 ? '' : `.${String(fraction).padStart(6, '0').replace(/0+$/, '')}`} UTC`
}
