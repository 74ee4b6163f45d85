import { typeField } from '@tablestream/contract'
import {
  identityOf,
  isArray,
  isObject,
  type Column,
  type ColumnType,
  type JsonObject,
  type JsonValue,
} from '@tablestream/table-schema'

/**
 * One event that asks for the columns that many shapes ask for together. A file is read whole before its table is made, so that a
 * column of days and other texts is STRING from the beginning; asked for one shape after the other, it would be DATE, and stay so.
 * What it cannot tell (a map beside a RECORD, a REQUIRED column that is to be relaxed) is left to the shapes themselves.
 */
export function exampleEvent(columns: readonly Column[], shapes: readonly JsonObject[]): JsonObject {
  const byKey = new Map(columns.flatMap((column) => (column.map ? [] : [[column.key, column]])))
  const keys = new Set(shapes.flatMap((shape) => Object.keys(shape)))
  // a key may be called __proto__
  return Object.fromEntries(
    [...keys].flatMap((key) => {
      const column = byKey.get(identityOf(key))
      const values = shapes.flatMap((shape) => (Object.hasOwn(shape, key) ? [shape[key]!] : []))
      const value = key === typeField() ? values[0] : column && exampleOf(column, values)
      return value === undefined ? [] : [[key, value]]
    }),
  )
}

function exampleOf({ type, mode, fields = [] }: Column, values: readonly JsonValue[]): JsonValue | undefined {
  if (mode !== 'REPEATED')
    return type === 'RECORD' ? exampleEvent(fields, values.filter(isObject)) : SCALARS[type]
  const elements = values.filter(isArray).flat()
  const element = type === 'RECORD' ? exampleEvent(fields, elements.filter(isObject)) : SCALARS[type]
  return element === undefined ? undefined : [element]
}

/** Values for which no other column would be made. */
const SCALARS: Readonly<Partial<Record<ColumnType, JsonValue>>> = {
  BOOL: true,
  INT64: 1,
  FLOAT64: 0.5,
  NUMERIC: 12_345_678_901_234_567_890n,
  BIGNUMERIC: 12_345_678_901_234_567_890_123_456_789_012_345_678n,
  STRING: 'text',
  TIMESTAMP: '2026-01-01T00:00:00Z',
  DATE: '2026-01-01',
  TIME: '00:00:00',
  JSON: [null],
}
