import { randomUUID } from 'node:crypto'
import { physical } from '../table/physical.ts'
import type { Store } from '../store/store.ts'
import type { TableReference } from '../table/table.ts'

/**
 * Makes the rows of a query before the table is touched that they replace: that may be one which the query reads, and a query that fails
 * changes nothing.
 *
 * @param reads incarnations of tables that the query reads
 * @param use gets DuckDB's name of a table with the rows, which is gone afterwards
 */
export async function withMadeRows<T>(
  store: Store,
  reference: TableReference,
  { sql, reads }: { readonly sql: string; readonly reads: readonly string[] },
  use: (made: string) => Promise<T>,
): Promise<T> {
  // a name that no table of BigQuery's can have, and no other job either
  const made = physical({ ...reference, tableId: `${reference.tableId}\n${randomUUID()}` })
  await store.write(
    async (connection) => {
      await connection.run(`CREATE TABLE ${made} AS ${sql}`)
    },
    reads,
    [],
  )
  try {
    return await use(made)
  } finally {
    await store.write(async (connection) => {
      await connection.run(`DROP TABLE ${made}`)
    })
  }
}
