import type { ColumnLimit, ColumnType } from './column.ts'

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

/** The type as GoogleSQL writes it. */
export function typeText(type: ColumnType, limit?: ColumnLimit): string {
  if (!limit) return type
  const { maxLength, precision, scale } = limit
  return `${type}(${maxLength ?? (scale ? `${precision}, ${scale}` : precision)})`
}
