import type { Field } from '../values/fields.ts'
import { RowError } from '../values/row-values.ts'
import { scalarText } from '../values/scalar-text.ts'
import type { JsonRow } from './file-rows.ts'

/** Tried in this order; what fits none of them is text. */
const TRIED = ['INTEGER', 'FLOAT', 'BOOLEAN', 'TIMESTAMP', 'DATE', 'TIME', 'DATETIME']

/** Columns that hold every value of the rows (docs: schema auto-detection): of JSON. */
export function detectFields(rows: readonly JsonRow[]): Field[] {
  const names = new Map<string, unknown[]>()
  for (const row of rows)
    for (const [name, value] of Object.entries(row)) {
      const values = names.get(name)
      // a list that is made anew for each row takes minutes for 40,000 of them, in which nobody is answered
      if (values) values.push(value)
      else names.set(name, [value])
    }
  return [...names].map(([name, values]) => detect(name, values))
}

function detect(name: string, values: readonly unknown[]): Field {
  const present = values.filter((value) => value !== null && value !== undefined)
  const items = present.flatMap((value) => (Array.isArray(value) ? (value as unknown[]) : []))
  if (present.some(Array.isArray)) return { ...detect(name, items), mode: 'REPEATED' }
  const records = present.filter((value) => typeof value === 'object')
  if (records.length > 0) {
    return { name, type: 'RECORD', mode: 'NULLABLE', fields: detectFields(records as JsonRow[]) }
  }
  return { name, type: scalarType(present), mode: 'NULLABLE' }
}

/** Of CSV and JSON alike: text that looks like a number is one. */
function scalarType(values: readonly unknown[]): string {
  const texts = values.filter((value) => value !== '')
  if (texts.length === 0) return 'STRING'
  return TRIED.find((type) => texts.every((value) => fits(type, value))) ?? 'STRING'
}

function fits(type: string, value: unknown): boolean {
  // a number alone is no time
  if (type === 'TIMESTAMP' && !/\D/.test(String(value).replaceAll('.', ''))) return false
  try {
    scalarText(type, value as string, 'value')
    return true
  } catch (error) {
    if (error instanceof RowError) return false
    throw error
  }
}

/** Columns of CSV, and whether its first row has their names: where a column's first cell fits no other type than text. */
export function detectCsv(
  cells: readonly (readonly string[])[],
  header: 'maybe' | 'none',
): { fields: Field[]; hasHeader: boolean } {
  const [first = [], ...rest] = cells
  const typesOf = (rows: readonly (readonly string[])[]) =>
    first.map((_, column) => scalarType(rows.map((row) => row[column] ?? '')))
  const below = typesOf(rest)
  const hasHeader =
    header === 'maybe' &&
    rest.length > 0 &&
    below.some((type) => type !== 'STRING') &&
    typesOf([first]).every((type) => type === 'STRING')
  const types = hasHeader ? below : typesOf(cells)
  return {
    fields: types.map((type, column) => ({
      name: hasHeader
        ? first[column]!.trim().replaceAll(/\W/g, '_')
        : `${type.toLowerCase()}_field_${column}`,
      type,
      mode: 'NULLABLE',
    })),
    hasHeader,
  }
}
