import { randomUUID } from 'node:crypto'
import { newEtag } from '../store/resource-rows.ts'
import { namedForeignKeys } from '../table/table-constraints.ts'
import {
  primaryKey as primaryKeyOf,
  tableId,
  type Table,
  type TableReference,
  type TableSpec,
} from '../table/table.ts'

/** A table as a request describes it. */
export type Body = Readonly<Record<string, unknown>>

/** With a name for each foreign key, and the columns that it refers to. @param find tables that keys refer to */
export function withNamedKeys(
  reference: TableReference,
  body: Body,
  find: (reference: TableReference) => Table | undefined,
): Body {
  const { tableConstraints } = body as TableSpec
  if (!tableConstraints?.foreignKeys) return body
  const { primaryKey, foreignKeys } = tableConstraints
  const keyOf = (table: TableReference) => {
    if (tableId(table) === tableId(reference)) return primaryKey?.columns ?? []
    const other = find(table)
    return other && primaryKeyOf(other)
  }
  return {
    ...body,
    tableConstraints: { ...tableConstraints, foreignKeys: namedForeignKeys(foreignKeys, keyOf) },
  }
}

/** A table that begins. @param now milliseconds since 1970 */
export function newTable(parts: Pick<Table, 'reference' | 'spec' | 'fields'>, now: number): Table {
  return { ...parts, etag: newEtag(), incarnation: randomUUID(), creationTime: now, lastModifiedTime: now }
}
