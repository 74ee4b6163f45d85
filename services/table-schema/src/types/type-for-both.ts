import type { ColumnType } from '../columns/column.ts'
import { isArray, type JsonValue } from '../json/json-text.ts'
import { fitsBigNumeric, widerType } from './number-types.ts'
import { fitsNewColumn } from './scalar-types.ts'

/**
 * The type for a column that holds nothing yet, but was planned for values of this type, and is to take these, too; undefined
 * where there is none. Text of any kind is STRING: a DATE that meets `"soon"`.
 */
export function typeForBoth(type: ColumnType, values: JsonValue): ColumnType | undefined {
  if (!isArray(values)) return undefined
  let wide: ColumnType | undefined = type
  for (const value of values) {
    if (wide === undefined || value === null) return undefined
    if (!fitsNewColumn(wide, value)) wide = widerForBoth(wide, value)
  }
  return wide !== undefined && values.every((value) => fitsNewColumn(wide, value)) ? wide : undefined
}

function widerForBoth(type: ColumnType, value: JsonValue): ColumnType | undefined {
  if (typeof value === 'string') return TEXT.has(type) ? 'STRING' : undefined
  if (type === 'FLOAT64') return fitsBigNumeric(value) ? 'BIGNUMERIC' : undefined
  return widerType(type, value)
}

const TEXT: ReadonlySet<ColumnType> = new Set(['TIMESTAMP', 'DATE', 'TIME'])
