import type { DuckDBConnection } from '@duckdb/node-api'
import { BigQueryError } from '../errors.ts'
import { quote } from '../values/fields.ts'
import { physical } from '../table/physical.ts'
import { forget, renameChanges, save } from '../store/resource-rows.ts'
import { tableId, type Table, type TableReference } from '../table/table.ts'

/** "A table can usually be renamed 5 hours after the last streaming operation" (docs: managing tables, rename a table). */
const STREAMING_MS = 5 * 3600 * 1000

/** @throws BigQueryError where rows were streamed into the table lately */
export function refuseStreamed(id: string, streamedAt: number | undefined, now: number): void {
  if (streamedAt === undefined || now - streamedAt >= STREAMING_MS) return
  const message = `Table ${id} cannot be renamed: it has streaming data. Stop to stream into it, and try again in some hours.`
  throw new BigQueryError('invalidQuery', message)
}

/** Gives the table of DuckDB another name, and with it what a restart finds of it. */
export async function renameStored(
  connection: DuckDBConnection,
  before: TableReference,
  table: Table,
): Promise<void> {
  const old = physical(before)
  await connection.run(`ALTER TABLE ${old} RENAME TO ${quote(table.reference.tableId)}`)
  await renameChanges(connection, old, physical(table.reference))
  await forget(connection, 'table', tableId(before))
  await save(connection, 'table', tableId(table.reference), table)
}
