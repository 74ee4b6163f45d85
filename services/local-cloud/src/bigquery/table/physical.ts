import { columnDefinition, columnValues, jsonStructure, quote, type Field } from '../values/fields.ts'
import type { InsertTarget, NewNames } from './insert-statements.ts'
import { isByIngestion, partitionTime, storedFields } from './partition-time.ts'
import type { Lines } from './line-writer.ts'
import { addNames } from './split-lines.ts'
import { incarnationOf, primaryKey, type Table, type TableReference } from './table.ts'

/** The DuckDB name of a table: one schema a dataset. */
export function physical({ projectId, datasetId, tableId: id }: TableReference): string {
  return `${quote(`${projectId}:${datasetId}`)}.${quote(id)}`
}

/** The columns of a CREATE TABLE. */
export function columnList(fields: readonly Field[]): string {
  return fields.map(columnDefinition).join(', ')
}

/** A struct of 10,000 fields takes DuckDB seconds to bind and gigabytes to fill; two hundred of 50 take neither. */
const MOST_IN_ONE_PART = 200
const FIELDS_A_PART = 50

function partsOf(fields: readonly Field[]): InsertTarget['parts'] {
  const size = fields.length <= MOST_IN_ONE_PART ? MOST_IN_ONE_PART : FIELDS_A_PART
  return Array.from({ length: Math.ceil(fields.length / size) }, (_, index) => {
    const some = fields.slice(index * size, (index + 1) * size)
    return {
      structure: JSON.stringify(jsonStructure(some)),
      values: columnValues(some, `line${index}`),
      names: some.map(({ name }) => name),
    }
  })
}

const targets = new WeakMap<Table, InsertTarget>()

/** How rows get into a table. The same object as long as the table's columns are the same. */
export function insertTarget(table: Table): InsertTarget {
  let target = targets.get(table)
  if (!target) {
    const fields = storedFields(table)
    target = {
      incarnation: incarnationOf(table),
      table: physical(table.reference),
      key: primaryKey(table).map(quote),
      ...(isByIngestion(table) && { partition: (now: number) => partitionTime(table, now) }),
      ...columnsOf(fields),
    }
    targets.set(table, target)
  }
  return target
}

/** From so many columns on rows may be brought into those that they have: a statement of thousands takes half a second to prepare. */
const MANY_FIELDS = 500

/** How these lines get into the table: the columns that none of them has are left out, where there are very many. */
export function narrowed(target: InsertTarget, lines: readonly Lines[]): InsertTarget {
  if (target.fields.length < MANY_FIELDS) return target
  const names = new Set<string>()
  for (const { bytes } of lines) addNames(names, bytes)
  return withColumns(target, names)
}

/** How lines get into the table that have no other columns than these. */
export function withColumns(target: InsertTarget, names: ReadonlySet<string>): InsertTarget {
  const fields = target.fields.filter(({ name }) => names.has(name))
  return fields.length === target.fields.length || fields.length === 0
    ? target
    : { ...target, ...columnsOf(fields, target.renamed) }
}

/** How lines that were made for a table before get into it now. @param names what became of the columns since */
export function asRenamed(before: InsertTarget, after: InsertTarget, names: NewNames): InsertTarget {
  const renamed = new Map<string, string>()
  const fields = before.fields.flatMap(({ name }) => {
    const now = names.has(name) ? names.get(name) : name
    const field = after.fields.find((each) => each.name === now)
    if (!field) return []
    renamed.set(name, field.name)
    return [{ ...field, name }]
  })
  return { ...after, ...columnsOf(fields, renamed), renamed }
}

function columnsOf(
  fields: readonly Field[],
  renamed?: ReadonlyMap<string, string>,
): Pick<InsertTarget, 'fields' | 'columns' | 'values' | 'structure' | 'parts'> {
  return {
    fields,
    columns: fields.map(({ name }) => quote(renamed?.get(name) ?? name)).join(', '),
    values: columnValues(fields, 'line'),
    structure: JSON.stringify(jsonStructure(fields)),
    parts: partsOf(fields),
  }
}
