import { dateDays, isTime, isTimestamp, timestampMicros } from './calendar.ts'
import type { ColumnType } from '../columns/column.ts'
import type { JsonValue } from '../json/json-text.ts'
import { fitsBigNumeric, fitsFloat64, fitsInt64, fitsNumeric } from './number-types.ts'

/** What values a column of one type takes. */
export interface ScalarType {
  /** The law: the value can stand in the column and be read back equal. Not null; an element where the column repeats. */
  readonly fits: (value: JsonValue) => boolean
  /**
   * JavaScript for code that is compiled for a list of columns: true for no `v` that does not fit, and for nearly all that do.
   * Of what is outside of it, it may use the QUICK_HELPERS.
   */
  readonly quick: string
}

/** Types that are not here take nothing: their values go to `_unmapped`. */
export const SCALAR_TYPES: Readonly<Partial<Record<ColumnType, ScalarType>>> = {
  STRING: { fits: (value) => typeof value === 'string', quick: `typeof v === 'string'` },
  INT64: { fits: fitsInt64, quick: `typeof v === 'number' && ((v | 0) === v || Number.isSafeInteger(v))` },
  // a bigint or a RawNumber is one that the double's shortest text does not spell
  FLOAT64: { fits: fitsFloat64, quick: `typeof v === 'number'` },
  NUMERIC: { fits: fitsNumeric, quick: `typeof v === 'number' && fitsNumeric(v)` },
  BIGNUMERIC: { fits: fitsBigNumeric, quick: `typeof v === 'number' && fitsBigNumeric(v)` },
  BOOL: { fits: (value) => typeof value === 'boolean', quick: `typeof v === 'boolean'` },
  TIMESTAMP: {
    fits: (value) => typeof value === 'string' && timestampMicros(value) !== undefined,
    quick: `typeof v === 'string' && isTimestamp(v)`,
  },
  DATE: {
    fits: (value) => typeof value === 'string' && dateDays(value) !== undefined,
    quick: `typeof v === 'string' && dateDays(v) !== undefined`,
  },
  TIME: {
    fits: (value) => typeof value === 'string' && isTime(value),
    quick: `typeof v === 'string' && isTime(v)`,
  },
  JSON: { fits: () => true, quick: 'true' },
}

export const QUICK_HELPERS: Readonly<Record<string, unknown>> = {
  isTimestamp,
  dateDays,
  isTime,
  fitsNumeric,
  fitsBigNumeric,
}

/** Whether one value can stand in a column of this type and be read back equal. The writer encodes exactly what this allows. */
export function fitsType(type: ColumnType, value: JsonValue): boolean {
  return SCALAR_TYPES[type]?.fits(value) ?? false
}

/**
 * The same for a column that holds nothing yet and can still be given another type: a double alone, where another type may give the
 * digits back without being asked for 17 of them.
 */
export function fitsNewColumn(type: ColumnType, value: JsonValue): boolean {
  return type === 'FLOAT64' ? typeof value === 'number' : fitsType(type, value)
}
