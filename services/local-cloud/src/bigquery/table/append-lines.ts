import { DuckDBBlobValue, type DuckDBConnection } from '@duckdb/node-api'
import { insertParameters, insertStatements, type InsertTarget } from './insert-statements.ts'

/** Adds rows to a table. Only in a transaction. @param bytes lines of JSON in UTF-8 */
export async function appendLines(
  connection: DuckDBConnection,
  target: InsertTarget,
  bytes: Buffer,
): Promise<void> {
  const parameters = insertParameters(target, 'append', bytes).map((part) => new DuckDBBlobValue(part))
  for (const sql of insertStatements(target, 'append')) {
    const statement = await connection.prepare(sql)
    try {
      statement.bind(parameters)
      await statement.run()
    } finally {
      statement.destroySync()
    }
  }
}
