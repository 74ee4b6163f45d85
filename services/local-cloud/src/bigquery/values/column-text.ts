import type { Field } from './fields.ts'
import { scalarText } from './scalar-text.ts'
import { picosText } from './special-values.ts'
import { bounded, isBounded, isPicos } from './type-parameters.ts'

/** A scalar as JSON text for its column. @throws RowError that names the column and the value */
export function columnText(field: Field, value: string | number | boolean, location: string): string {
  if (isPicos(field)) return picosText(value, location)
  const text = scalarText(field.type, value, location)
  if (!isBounded(field)) return text
  const plain = JSON.parse(text) as string
  return scalarText(field.type, bounded(field, plain, location), location)
}
