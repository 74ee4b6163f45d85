import type { DuckDBConnection } from '@duckdb/node-api'
import { asLimit } from './store-errors.ts'

/** Runs statements together: all of them are done, or none. @throws as `asLimit` has it */
export async function inTransaction<T>(connection: DuckDBConnection, work: () => Promise<T>): Promise<T> {
  await connection.run('BEGIN')
  try {
    const result = await work()
    await connection.run('COMMIT')
    return result
  } catch (error) {
    await rollBack(connection)
    throw asLimit(error)
  }
}

/** A commit that found no space has ended its transaction already: then there is nothing to roll back, and DuckDB says so. */
async function rollBack(connection: DuckDBConnection): Promise<void> {
  try {
    await connection.run('ROLLBACK')
  } catch (error) {
    if (!/no transaction is active/i.test((error as Error).message)) throw asLimit(error)
  }
}
