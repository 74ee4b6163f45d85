import type { ForeignKeyDefinition } from '../../sql/statements/column-definitions.ts'
import type { CreateStatement } from '../../sql/statements/create-statement.ts'
import { BigQueryError } from '../errors.ts'
import type { ForeignKey } from '../table/table-constraints.ts'
import type { TableReference } from '../table/table.ts'

/** What CREATE TABLE says, with its foreign keys as tables.insert takes them. @throws BigQueryError */
export function withForeignKeys(
  body: CreateStatement['body'],
  newTable: (path: readonly string[]) => TableReference,
): CreateStatement['body'] {
  const { tableConstraints } = body as {
    tableConstraints?: { foreignKeys?: readonly ForeignKeyDefinition[] }
  }
  const foreignKeys = tableConstraints?.foreignKeys?.map((key) => foreignKey(key, newTable))
  return foreignKeys ? { ...body, tableConstraints: { ...tableConstraints, foreignKeys } } : body
}

/** A foreign key as tables.insert takes it. @throws BigQueryError */
export function foreignKey(
  { name, columns, path, referenced }: ForeignKeyDefinition,
  newTable: (path: readonly string[]) => TableReference,
): ForeignKey {
  if (columns.length !== referenced.length)
    throw new BigQueryError(
      'invalidQuery',
      `A foreign key of ${columns.length} columns refers to ${referenced.length} columns`,
    )
  return {
    ...(name !== undefined && { name }),
    referencedTable: newTable(path),
    columnReferences: columns.map((referencingColumn, index) => ({
      referencingColumn,
      referencedColumn: referenced[index]!,
    })),
  }
}
