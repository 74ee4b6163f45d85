import type { DuckDBConnection } from '@duckdb/node-api'

/** How many rows a statement inserted, deleted and updated. */
export interface DmlCounts {
  readonly inserted: number
  readonly deleted: number
  readonly updated: number
}

const NONE: DmlCounts = { inserted: 0, deleted: 0, updated: 0 }
/** What a row that a statement changes is counted as; one of MERGE is what DuckDB says of it. */
const COUNTED = { INSERT: 'inserted', UPDATE: 'updated', DELETE: 'deleted' } as const
type Change = keyof typeof COUNTED

/** @param count rows that all were changed in one way */
function countOf(change: Change, count: number): DmlCounts {
  return { ...NONE, [COUNTED[change]]: count }
}

export const affectedRows = ({ inserted, deleted, updated }: DmlCounts): number =>
  inserted + deleted + updated

/** Runs a statement that changes rows. */
export async function runCounted(
  connection: DuckDBConnection,
  statement: Change | 'MERGE',
  sql: string,
): Promise<DmlCounts> {
  if (statement !== 'MERGE') return countOf(statement, (await connection.run(sql)).rowsChanged)
  const counts = { ...NONE }
  const changes = await connection.stream(`${sql} RETURNING merge_action`)
  for (let chunk = await changes.fetchChunk(); chunk?.rowCount; chunk = await changes.fetchChunk())
    for (const action of chunk.getColumnValues(0) as Change[]) counts[COUNTED[action]]++
  return counts
}

/** DmlStats of the REST API. */
export function dmlStats({ inserted, deleted, updated }: DmlCounts): object {
  return {
    insertedRowCount: String(inserted),
    deletedRowCount: String(deleted),
    updatedRowCount: String(updated),
  }
}
