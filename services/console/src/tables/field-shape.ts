import type { Field } from '../bigquery/cells.ts'
import { sqlType } from './sql-type.ts'

/** A field as the API tells it. */
export function fieldShape({ name, type, mode = 'NULLABLE', description, fields }: Field): {
  name: string
  type: string
  mode: string
  description?: string
  fields?: ReturnType<typeof fieldShape>[]
} {
  return {
    name,
    type: sqlType(type),
    mode,
    ...(description !== undefined && { description }),
    ...(fields && { fields: fields.map(fieldShape) }),
  }
}
