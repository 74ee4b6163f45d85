import { dateDays, timestampMicros } from './calendar.ts'
import type { ColumnType } from './column.ts'
import type { JsonValue } from './json-text.ts'

const INT64_MAX = 2n ** 63n - 1n
const INT64_MIN = -(2n ** 63n)

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
      return isInt64(value)
    case 'FLOAT64':
      return typeof value === 'number' || (typeof value === 'bigint' && isExactDouble(value))
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

function isInt64(value: JsonValue): boolean {
  if (typeof value === 'number') return Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63
  return typeof value === 'bigint' && value >= INT64_MIN && value <= INT64_MAX
}

function isExactDouble(value: bigint): boolean {
  const double = Number(value)
  return Number.isFinite(double) && BigInt(double) === value
}
