import type { DuckDBConnection } from '@duckdb/node-api'
import { quoteText } from '../values/fields.ts'
import type { LoggedRows } from './row-log.ts'

type StreamRows = Pick<LoggedRows, 'stream' | 'lines'>

/** Adds rows to what came by their write stream. */
export function countRows(counts: Map<string, number>, { stream, lines }: StreamRows): void {
  if (stream !== undefined) counts.set(stream, (counts.get(stream) ?? 0) + lines.count)
}

/** Where the rows of write streams that are in DuckDB are counted. */
export async function createStreamRows(connection: DuckDBConnection): Promise<void> {
  await connection.run(
    'CREATE TABLE IF NOT EXISTS local_cloud.stream_rows (stream VARCHAR PRIMARY KEY, count BIGINT)',
  )
}

/** Counts rows, in the transaction that brings them into DuckDB: so each is counted once, over a kill too. */
export async function addStreamRows(
  connection: DuckDBConnection,
  rows: readonly StreamRows[],
): Promise<void> {
  const counts = new Map<string, number>()
  for (const each of rows) countRows(counts, each)
  if (counts.size === 0) return
  const values = [...counts].map(([stream, count]) => `(${quoteText(stream)}, ${count})`).join(', ')
  await connection.run(
    `INSERT INTO local_cloud.stream_rows VALUES ${values} ON CONFLICT (stream) DO UPDATE SET count = count + excluded.count`,
  )
}

export async function readStreamRows(connection: DuckDBConnection): Promise<Map<string, number>> {
  const reader = await connection.runAndReadAll('SELECT stream, count FROM local_cloud.stream_rows')
  return new Map(
    (reader.getRowsJson() as [string, string][]).map(([stream, count]) => [stream, Number(count)]),
  )
}

export async function forgetStreamRows(connection: DuckDBConnection, stream: string): Promise<void> {
  await connection.run(`DELETE FROM local_cloud.stream_rows WHERE stream = ${quoteText(stream)}`)
}
