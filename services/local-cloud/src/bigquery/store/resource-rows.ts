import { randomBytes } from 'node:crypto'
import type { DuckDBConnection } from '@duckdb/node-api'
import { quoteText } from '../values/fields.ts'
import type { Store } from './store.ts'

export type ResourceKind = 'dataset' | 'table' | 'stream' | 'routine' | 'policy'

export function newEtag(): string {
  return randomBytes(16).toString('base64')
}

/** Reads what an earlier process left in the store. */
export async function loadResources(
  store: Store,
  visit: (kind: ResourceKind, id: string, resource: unknown) => void,
): Promise<void> {
  await store.write(async (connection) => {
    await connection.run(
      'CREATE TABLE IF NOT EXISTS local_cloud.resources (kind VARCHAR, id VARCHAR, resource VARCHAR, PRIMARY KEY (kind, id))',
    )
    // the largest sequence number that each key of a table came with
    await connection.run(
      'CREATE TABLE IF NOT EXISTS local_cloud.changes (table_name VARCHAR, key_text VARCHAR, sequence VARCHAR, PRIMARY KEY (table_name, key_text))',
    )
  })
  const reader = await store.query('SELECT kind, id, resource FROM local_cloud.resources ORDER BY id')
  for (const [kind, id, resource] of reader.getRowsJson() as [ResourceKind, string, string][])
    visit(kind, id, JSON.parse(resource))
}

/** Keeps a dataset or a table over a restart. */
export async function save(
  connection: DuckDBConnection,
  kind: ResourceKind,
  id: string,
  resource: object,
): Promise<void> {
  const values = [kind, id, JSON.stringify(resource)].map(quoteText).join(', ')
  await connection.run(`INSERT OR REPLACE INTO local_cloud.resources VALUES (${values})`)
}

export async function forgetChanges(connection: DuckDBConnection, table: string): Promise<void> {
  await connection.run(`DELETE FROM local_cloud.changes WHERE table_name = ${quoteText(table)}`)
}

export async function renameChanges(connection: DuckDBConnection, table: string, to: string): Promise<void> {
  await connection.run(
    `UPDATE local_cloud.changes SET table_name = ${quoteText(to)} WHERE table_name = ${quoteText(table)}`,
  )
}

export async function forget(connection: DuckDBConnection, kind: ResourceKind, id: string): Promise<void> {
  await connection.run(
    `DELETE FROM local_cloud.resources WHERE kind = ${quoteText(kind)} AND id = ${quoteText(id)}`,
  )
}
