import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api'
import { halfOfMemory, memorySetting } from '../memory.ts'

/** The store's DuckDB reads and writes no file; this one lives as long as the work takes, and holds nothing else. */
export async function withOwnDuckDb<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  const instance = await DuckDBInstance.create(':memory:', {
    autoinstall_known_extensions: 'false',
    memory_limit: memorySetting(halfOfMemory()),
  })
  const connection = await instance.connect()
  try {
    await connection.run("SET TimeZone = 'UTC'")
    return await work(connection)
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}
