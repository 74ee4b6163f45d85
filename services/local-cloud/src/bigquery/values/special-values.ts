import {
  DuckDBListValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  type DuckDBValue,
} from '@duckdb/node-api'
import type { CellFormat } from './cells.ts'
import { timestampText } from './cells.ts'
import type { Field } from './fields.ts'
import { textColumn, RowError } from './row-values.ts'
import { scalarText } from './scalar-text.ts'
import { isPicos } from './type-parameters.ts'

// What DuckDB has no type for is kept as text: a TIMESTAMP with picoseconds in ISO 8601, a RANGE as `[start, end)`.

const PICOS = /^(\d{4}-\d{2}-\d{2}[ Tt]\d{2}:\d{2}:\d{2})\.(\d{7,12})\s*(Z|z|UTC|[+-]\d{2}:?\d{2})?$/
const DIGITS = 12
const MICRO_DIGITS = 6
const UNBOUNDED = 'UNBOUNDED'

/** A TIMESTAMP with picoseconds as JSON text. @throws RowError */
export function picosText(value: string | number | boolean, location: string): string {
  const [, seconds, fraction = '', zone = 'Z'] = PICOS.exec(String(value)) ?? []
  const micros =
    seconds === undefined
      ? value
      : `${seconds}.${fraction.slice(0, MICRO_DIGITS)}${/^(z|utc)$/i.test(zone) ? 'Z' : zone}`
  const text = JSON.parse(scalarText('TIMESTAMP', micros, location)) as string
  const kept = (/\.(\d+)/.exec(text)?.[1] ?? '').slice(0, MICRO_DIGITS).padEnd(MICRO_DIGITS, '0')
  const digits = `${kept}${fraction.slice(MICRO_DIGITS)}`.padEnd(DIGITS, '0')
  return textColumn(`${new Date(text).toISOString().slice(0, 19)}.${digits}Z`)
}

/** A RANGE of DATE, DATETIME or TIMESTAMP as JSON text, sent as `[start, end)` or as its two ends. @throws RowError */
export function rangeText(type: string, value: unknown, location: string): string {
  const ends = endsOf(value)
  if (!ends)
    throw new RowError(location, `Cannot convert value to range (bad value): ${JSON.stringify(value)}`)
  const [start, end] = ends.map((each) => endText(type, each, location))
  if (start !== UNBOUNDED && end !== UNBOUNDED && !(instant(start!) < instant(end!)))
    throw new RowError(
      location,
      `Range start element must be less than range end element: [${start}, ${end})`,
    )
  return textColumn(`[${start}, ${end})`)
}

function endsOf(value: unknown): readonly [unknown, unknown] | undefined {
  if (typeof value === 'string') {
    const [, start, end] = /^\s*\[\s*([^,]+?)\s*,\s*([^,]+?)\s*\)\s*$/.exec(value) ?? []
    return start === undefined ? undefined : [start, end]
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const { start, end, ...others } = value as { start?: unknown; end?: unknown }
  return Object.keys(others).length === 0 ? [start, end] : undefined
}

function endText(type: string, value: unknown, location: string): string {
  if (value === undefined || value === null || value === 'NULL' || value === UNBOUNDED) return UNBOUNDED
  if (typeof value !== 'string')
    throw new RowError(
      location,
      `Cannot convert value to ${type.toLowerCase()} (bad value): ${JSON.stringify(value)}`,
    )
  // `+08` is a zone as well
  const text = value.replace(/([+-]\d{2})$/, type === 'TIMESTAMP' ? '$1:00' : '$1')
  const kept = JSON.parse(scalarText(type, text, location)) as string
  return type === 'TIMESTAMP' ? microsIso(kept) : type === 'DATETIME' ? datetimeIso(kept) : kept
}

/** One spelling for each: RANGEs are compared by their texts. */
function datetimeIso(text: string): string {
  const [year, month, day, hour, minute, second = '0', fraction = ''] = text.split(/[- T:.]/)
  const two = (part: string | undefined) => part!.padStart(2, '0')
  const micros = fraction.padEnd(MICRO_DIGITS, '0')
  const iso = `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}`
  return /^0+$/.test(micros) ? iso : `${iso}.${micros}`
}

const instant = (text: string): string => text.padEnd(30, ' ')

/** ISO 8601 in UTC with microseconds. */
function microsIso(text: string): string {
  const fraction = /\.(\d+)/.exec(text)?.[1] ?? ''
  return `${new Date(text).toISOString().slice(0, 19)}.${fraction.padEnd(MICRO_DIGITS, '0')}Z`
}

type Row = readonly DuckDBValue[]

/** What makes of rows as they are kept rows as a format has them; undefined where the columns need nothing. */
export function inFormat(fields: readonly Field[], format: CellFormat): ((row: Row) => Row) | undefined {
  const changes = fields.map((field) => changeOf(field, format))
  if (changes.every((change) => change === undefined)) return undefined
  return (row) => row.map((value, index) => changes[index]?.(value) ?? value)
}

type Change = (value: DuckDBValue) => DuckDBValue

function changeOf({ mode, ...field }: Field, format: CellFormat): Change | undefined {
  const one = field.fields ? changeOfRecord(field.fields, format) : changeOfValue(field, format)
  if (!one || mode !== 'REPEATED') return one
  return (value) => (value instanceof DuckDBListValue ? new DuckDBListValue(value.items.map(one)) : value)
}

function changeOfRecord(fields: readonly Field[], format: CellFormat): Change | undefined {
  const changes = fields.map((field) => [field.name, changeOf(field, format)] as const)
  if (changes.every(([, change]) => change === undefined)) return undefined
  return (value) => {
    if (!(value instanceof DuckDBStructValue)) return value
    const entries = { ...value.entries }
    for (const [name, change] of changes) if (change) entries[name] = change(entries[name]!)
    return new DuckDBStructValue(entries)
  }
}

function changeOfValue(field: Field, format: CellFormat): Change | undefined {
  const made = (change: (text: string) => DuckDBValue) => (value: DuckDBValue) =>
    typeof value === 'string' ? change(value) : value
  if (isPicos(field)) return format.timestamps === 'ISO8601' ? undefined : made(microsOf)
  const isMoments = field.type === 'RANGE' && field.rangeElementType?.type === 'TIMESTAMP'
  return isMoments ? made((text) => rangeInFormat(text, format)) : undefined
}

function microsOf(text: string): DuckDBTimestampTZValue {
  const fraction = /\.(\d+)/.exec(text)?.[1] ?? ''
  const seconds = BigInt(Date.parse(`${text.slice(0, 19)}Z`)) / 1000n
  return new DuckDBTimestampTZValue(seconds * 1_000_000n + BigInt(fraction.slice(0, MICRO_DIGITS)))
}

function rangeInFormat(text: string, format: CellFormat): string {
  const [start, end] = endsOf(text) as readonly [string, string]
  const one = (each: string) => (each === UNBOUNDED ? each : timestampText(microsOf(each).micros, format))
  return `[${one(start)}, ${one(end)})`
}
