import { randomBytes } from 'node:crypto'
import type { DuckDBConnection } from '@duckdb/node-api'
import { quoteText } from './fields.ts'

export function newEtag(): string {
  return randomBytes(16).toString('base64')
}

/** Keeps a dataset or a table over a restart. */
export async function save(
  connection: DuckDBConnection,
  kind: string,
  id: string,
  resource: object,
): Promise<void> {
  const values = [kind, id, JSON.stringify(resource)].map(quoteText).join(', ')
  await connection.run(`INSERT OR REPLACE INTO local_cloud.resources VALUES (${values})`)
}

export async function forget(connection: DuckDBConnection, kind: string, id: string): Promise<void> {
  await connection.run(
    `DELETE FROM local_cloud.resources WHERE kind = ${quoteText(kind)} AND id = ${quoteText(id)}`,
  )
}
