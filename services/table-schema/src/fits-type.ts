import { dateDays, timestampMicros } from './calendar.ts'
import type { ColumnType } from './column.ts'
import type { JsonValue } from './json-text.ts'
import { fitsBigNumeric, fitsInt64, fitsNumeric, isExactDouble } from './number-types.ts'

/**
 * Whether one value (no null, no array for a repeated column: its elements) can stand in a column of this type and be
 * read back equal. The writer encodes exactly what this allows. Types that inference never chooses fit nothing: their
 * values go to `_unmapped`.
 */
export function fitsType(type: ColumnType, value: JsonValue): boolean {
  switch (type) {
    case 'STRING':
      return typeof value === 'string'
    case 'INT64':
      return fitsInt64(value)
    case 'FLOAT64':
      return typeof value === 'number' || (typeof value === 'bigint' && isExactDouble(value))
    case 'NUMERIC':
      return fitsNumeric(value)
    case 'BIGNUMERIC':
      return fitsBigNumeric(value)
    case 'BOOL':
      return typeof value === 'boolean'
    case 'TIMESTAMP':
      return typeof value === 'string' && timestampMicros(value) !== undefined
    case 'DATE':
      return typeof value === 'string' && dateDays(value) !== undefined
    case 'JSON':
      return true
    default:
      return false
  }
}
