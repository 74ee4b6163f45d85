import { BigQueryError, notImplemented } from '../errors.ts'
import type { Field } from '../values/fields.ts'

/** BigQuery enforces none of them; changes of rows (CDC) go by the primary key. */
export interface TableConstraints {
  readonly primaryKey?: { readonly columns?: readonly string[] }
  readonly foreignKeys?: readonly ForeignKey[]
}

interface Referenced {
  readonly projectId: string
  readonly datasetId: string
  readonly tableId: string
}

export interface ForeignKey {
  readonly name?: string
  readonly referencedTable: Referenced
  readonly columnReferences: readonly {
    readonly referencingColumn: string
    readonly referencedColumn: string
  }[]
}

const MOST_COLUMNS = 16
/** Types that a column of a key may have. */
const KEYS = new Set(['DATE', 'BOOLEAN', 'INTEGER', 'NUMERIC', 'STRING', 'TIMESTAMP', 'DATETIME'])

/** @throws BigQueryError where a key has a column that the table has not, or that can be in none */
export function checkConstraints(constraints: TableConstraints | undefined, fields: readonly Field[]): void {
  const { primaryKey, foreignKeys, ...others } = constraints ?? {}
  const [other] = Object.entries(others).flatMap(([key, value]) => (value ? [key] : []))
  if (other !== undefined) throw notImplemented(`table.tableConstraints.${other}`)
  checkColumns('primary', primaryKey?.columns ?? [], fields)
  for (const { name = '', columnReferences = [] } of foreignKeys ?? []) {
    if (columnReferences.length === 0)
      throw new BigQueryError('invalid', `The foreign key ${name} has no columns.`)
    checkColumns(
      'foreign',
      columnReferences.map(({ referencingColumn }) => referencingColumn),
      fields,
    )
  }
}

function checkColumns(kind: string, columns: readonly string[], fields: readonly Field[]): void {
  if (columns.length > MOST_COLUMNS)
    throw new BigQueryError(
      'invalid',
      `A ${kind} key has ${columns.length} columns; ${MOST_COLUMNS} is the limit.`,
    )
  for (const name of columns) {
    const column = fields.find((field) => field.name === name)
    if (!column || column.mode === 'REPEATED' || !KEYS.has(column.type))
      throw new BigQueryError('invalid', `The column ${name} cannot be part of a ${kind} key.`)
  }
}

/**
 * Foreign keys with names: those that have none get one, as at Google.
 *
 * @param keyOf the primary key of a table, undefined where there is no such table
 * @throws BigQueryError where one does not refer to a primary key
 */
export function namedForeignKeys(
  keys: readonly ForeignKey[],
  keyOf: (table: Referenced) => readonly string[] | undefined,
): readonly ForeignKey[] {
  const taken = new Set(keys.map(({ name }) => name))
  const freeName = (): string => {
    let number = 1
    while (taken.has(`fk$${number}`)) number++
    taken.add(`fk$${number}`)
    return `fk$${number}`
  }
  return keys.map((key) => {
    const { referencedTable, columnReferences } = key
    const columns = columnReferences.map(({ referencedColumn }) => referencedColumn)
    const wanted = keyOf(referencedTable)
    const id = `${referencedTable.projectId}:${referencedTable.datasetId}.${referencedTable.tableId}`
    if (!wanted) throw new BigQueryError('notFound', `Not found: Table ${id}`)
    if (columns.toSorted().join('\n') !== wanted.toSorted().join('\n'))
      throw new BigQueryError(
        'invalid',
        `A foreign key refers to all columns of a primary key, and that of ${id} is (${wanted.join(', ')}), not (${columns.join(', ')}).`,
      )
    return { ...key, name: key.name ?? freeName() }
  })
}
