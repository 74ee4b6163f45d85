import { notImplemented } from './errors.ts'
import { columnValues, duckDbType, jsonStructure, quote, type Field } from './fields.ts'
import type { InsertTarget } from './insert-statements.ts'
import { incarnationOf, primaryKey, type Table, type TableReference } from './table.ts'

/** The DuckDB name of a table: one schema a dataset. */
export function physical({ projectId, datasetId, tableId: id }: TableReference): string {
  return `${quote(`${projectId}:${datasetId}`)}.${quote(id)}`
}

/** The columns of a CREATE TABLE. @throws BigQueryError notImplemented where there is none */
export function columnList(fields: readonly Field[]): string {
  // BigQuery has tables without a column, DuckDB has none
  if (fields.length === 0) throw notImplemented('a table without columns')
  return fields.map((field) => `${quote(field.name)} ${duckDbType(field)}`).join(', ')
}

/** A struct of 10,000 fields takes DuckDB seconds to bind and gigabytes to fill; fifty of 200 take neither. */
const FIELDS_A_PART = 200

function partsOf(fields: readonly Field[]): InsertTarget['parts'] {
  const count = Math.ceil(fields.length / FIELDS_A_PART)
  return Array.from({ length: count }, (_, index) => {
    const some = fields.slice(index * FIELDS_A_PART, (index + 1) * FIELDS_A_PART)
    return { structure: JSON.stringify(jsonStructure(some)), values: columnValues(some, `line${index}`) }
  })
}

const targets = new WeakMap<Table, InsertTarget>()

/** How rows get into a table. The same object as long as the table's columns are the same. */
export function insertTarget(table: Table): InsertTarget {
  let target = targets.get(table)
  if (!target) {
    target = {
      incarnation: incarnationOf(table),
      table: physical(table.reference),
      columns: table.fields.map(({ name }) => quote(name)).join(', '),
      values: columnValues(table.fields, 'line'),
      structure: JSON.stringify(jsonStructure(table.fields)),
      parts: partsOf(table.fields),
      key: primaryKey(table).map(quote),
    }
    targets.set(table, target)
  }
  return target
}
