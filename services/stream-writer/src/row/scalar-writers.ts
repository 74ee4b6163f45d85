import {
  dateDays,
  decimalText,
  doubleOf,
  int64Of,
  jsonColumnText,
  SCALAR_TYPES,
  timestampMicros,
  type ColumnType,
  type JsonValue,
} from '@tablestream/table-schema'
import type { RowBuffer } from './row-buffer.ts'

const VARINT = 0
const FIXED64 = 1
export const BYTES = 2

/**
 * How a value of a type is written: its wire type, and what stands behind the tag. `source` is the same as JavaScript over `row`
 * and `x`, for code that is compiled for a list of columns; of what is outside of it, it may use the WRITE_HELPERS.
 */
export interface ScalarWriter {
  readonly wire: number
  readonly write: (row: RowBuffer, x: never) => void
  readonly source: string
  /** What `x` is made of a text; undefined for a text that the column does not take. Absent where `x` is the value itself. */
  readonly convert?: keyof typeof CONVERT
}

const CONVERT = { timestampMicros, dateDays } as const

const text = { wire: BYTES, write: (row: RowBuffer, x: string) => row.text(x), source: 'row.text(x);' }
const decimal = {
  wire: BYTES,
  write: (row: RowBuffer, x: JsonValue) => row.text(decimalText(x)),
  source: 'row.text(decimalText(x));',
}
const int64 = {
  wire: VARINT,
  write: (row: RowBuffer, x: number | bigint) => row.int64(int64Of(x)),
  // the quick test lets safe integers through alone
  source: 'row.int64(x);',
}

/** A type that is not here is one that only others give a column: the plan calls every value for it a conflict. */
export const SCALAR_WRITERS: Readonly<Partial<Record<ColumnType, ScalarWriter>>> = {
  STRING: text,
  TIME: text,
  NUMERIC: decimal,
  BIGNUMERIC: decimal,
  INT64: int64,
  // the quick test lets doubles through alone
  FLOAT64: {
    wire: FIXED64,
    write: (row, x: JsonValue) => row.double(doubleOf(x)),
    source: 'row.double(x);',
  },
  BOOL: {
    wire: VARINT,
    write: (row, x: boolean) => row.varint(x ? 1 : 0),
    source: 'row.varint(x ? 1 : 0);',
  },
  TIMESTAMP: { ...int64, convert: 'timestampMicros' },
  DATE: { ...int64, convert: 'dateDays' },
  JSON: {
    wire: BYTES,
    write: (row, x: JsonValue) => row.text(jsonColumnText(x)),
    source: 'row.text(jsonColumnText(x));',
  },
}

export const WRITE_HELPERS: Readonly<Record<string, unknown>> = { ...CONVERT, decimalText, jsonColumnText }

/** Writes a value with its tag; false, with nothing written, for one that the column does not take. */
export type WriteScalar = (row: RowBuffer, value: JsonValue) => boolean

/** @param number of the field in the row's message */
export function scalarWriter(type: ColumnType, number: number): WriteScalar {
  const writer = SCALAR_WRITERS[type]
  if (!writer) return () => false
  const tag = number * 8 + writer.wire
  const write = writer.write as (row: RowBuffer, x: unknown) => void
  const take = writer.convert ? converted(CONVERT[writer.convert]) : SCALAR_TYPES[type]!.fits
  return (row, value) => {
    const taken = take(value)
    if (taken === false || taken === undefined) return false
    row.tag(tag)
    write(row, taken === true ? value : taken)
    return true
  }
}

function converted(convert: (text: string) => number | bigint | undefined) {
  return (value: JsonValue): number | bigint | undefined =>
    typeof value === 'string' ? convert(value) : undefined
}
