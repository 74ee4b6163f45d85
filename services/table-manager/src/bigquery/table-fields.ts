import { describeColumn, type Column } from '@tablestream/table-schema'
import type { TableField } from '../tables.ts'

const API_NAMES: Readonly<Record<string, string>> = { INT64: 'INTEGER', FLOAT64: 'FLOAT', BOOL: 'BOOLEAN' }

/** Fields as the API answers them after they were sent so. */
export function asAnswered(fields: readonly TableField[]): readonly TableField[] {
  return fields.map((field) => ({
    ...field,
    type: API_NAMES[field.type ?? ''] ?? field.type,
    ...(field.fields && { fields: asAnswered(field.fields) }),
  }))
}

/** Names and types: what a view, which has no modes of its own, is said to hold. */
export function shapeOf(fields: readonly TableField[] = []): string {
  return fields.map(({ name, type, fields: inner }) => `${name} ${type} (${shapeOf(inner)})`).join(',')
}

/**
 * The fields to send for these columns: those that are there already just as they are (descriptions and policy tags that
 * others set stay), new ones behind them.
 */
export function fieldsOfColumns(
  columns: readonly Column[],
  existing: readonly TableField[] = [],
): TableField[] {
  const byName = new Map(existing.map((field) => [field.name?.toLowerCase(), field]))
  return columns.map((column) => {
    const field = byName.get(column.name.toLowerCase())
    if (!field) return fieldOf(column)
    const kept = isRelaxed(field, column) ? { ...field, mode: 'NULLABLE' } : field
    return column.fields ? { ...kept, fields: fieldsOfColumns(column.fields, field.fields) } : kept
  })
}

function isRelaxed(field: TableField, { mode }: Column): boolean {
  return field.mode?.toUpperCase() === 'REQUIRED' && mode === 'NULLABLE'
}

function fieldOf(column: Column): TableField {
  const { name, type, mode, fields, limit = {} } = column
  const description = describeColumn(column)
  return {
    name,
    type,
    mode,
    // int64, which the API has as text
    ...Object.fromEntries(Object.entries(limit).map(([key, value]) => [key, String(value)])),
    ...(description !== undefined && { description }),
    ...(fields && { fields: fieldsOfColumns(fields) }),
  }
}
