import { fitsDecimal } from '../types/number-types.ts'
import { fitsType } from '../types/scalar-types.ts'
import type { JsonValue } from '../json/json-text.ts'
import type { Column, ColumnType } from './column.ts'

/**
 * What a type of GoogleSQL with parameters allows: STRING(10), NUMERIC(10, 2). Only others make such columns. BigQuery refuses a row
 * with a longer text or more digits before the point, and rounds more digits behind it without a word (docs: parameterized data types).
 */
export interface ColumnLimit {
  /** Characters (code points) of a STRING. */
  readonly maxLength?: number
  /** Digits of a NUMERIC or BIGNUMERIC, */
  readonly precision?: number
  /** and how many of them stand behind the point; 0 where it is absent. */
  readonly scale?: number
}

/** As BigQuery's APIs give them: numbers, or texts of them; 0 and '' where there is no limit. */
export interface LimitOfField {
  readonly maxLength?: unknown
  readonly precision?: unknown
  readonly scale?: unknown
}

/** @returns undefined where every value of the type may stand in the column */
export function limitOf(field: LimitOfField): ColumnLimit | undefined {
  const [maxLength, precision, scale] = [field.maxLength, field.precision, field.scale].map(Number)
  if (maxLength! > 0) return { maxLength: maxLength! }
  return precision! > 0 ? { precision: precision!, scale: scale! > 0 ? scale! : 0 } : undefined
}

/** Whether one value can stand in the column, an element where it repeats, and be read back equal. */
export function fitsColumn({ type, limit }: Pick<Column, 'type' | 'limit'>, value: JsonValue): boolean {
  return fitsType(type, value) && (limit === undefined || fitsLimit(limit, value))
}

function fitsLimit({ maxLength, precision, scale = 0 }: ColumnLimit, value: JsonValue): boolean {
  // a text has at least as many units as characters
  if (maxLength !== undefined && typeof value === 'string')
    return value.length <= maxLength || [...value].length <= maxLength
  return precision === undefined || fitsDecimal(value, { whole: precision - scale, scale })
}

/** The type as GoogleSQL writes it. */
export function typeText(type: ColumnType, limit?: ColumnLimit): string {
  if (!limit) return type
  const { maxLength, precision, scale } = limit
  return `${type}(${maxLength ?? (scale ? `${precision}, ${scale}` : precision)})`
}
