import type { DuckDBConnection } from '@duckdb/node-api'
import { setDefaults } from './change-columns.ts'
import { storedFields } from '../table/partition-time.ts'
import { columnList, physical } from '../table/physical.ts'
import { save } from '../store/resource-rows.ts'
import { tableId, type Table } from '../table/table.ts'

/** Makes the table of DuckDB, and what a restart finds of it. */
export async function make(connection: DuckDBConnection, table: Table, isView: boolean): Promise<void> {
  const { reference, fields } = table
  if (!isView) {
    await connection.run(`CREATE TABLE ${physical(reference)} (${columnList(storedFields(table))})`)
    await setDefaults(connection, physical(reference), fields)
  }
  await save(connection, 'table', tableId(reference), table)
}
