import type { Column, ColumnLimit } from '../columns/column.ts'
import type { JsonValue } from '../json/json-text.ts'
import { fitsDecimal } from './number-types.ts'
import { fitsType } from './scalar-types.ts'

/** Whether one value can stand in the column, an element where it repeats, and be read back equal. */
export function fitsColumn({ type, limit }: Pick<Column, 'type' | 'limit'>, value: JsonValue): boolean {
  return fitsType(type, value) && (limit === undefined || fitsLimit(limit, value))
}

function fitsLimit({ maxLength, precision, scale = 0 }: ColumnLimit, value: JsonValue): boolean {
  // a text has at least as many units as characters
  if (maxLength !== undefined && typeof value === 'string')
    return value.length <= maxLength || Array.from(value).length <= maxLength
  return precision === undefined || fitsDecimal(value, { whole: precision - scale, scale })
}
