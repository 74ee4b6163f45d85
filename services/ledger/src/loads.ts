import type { BigQuery } from './clients.ts'
import type { Target } from './target.ts'

/** What loads brought of a type, beside the stream: rows of `loads`, which batch-loader writes. */
export interface LoadedSum {
  /** Empty: records that are no events. */
  readonly eventType: string
  readonly table: string
  readonly loads: number
  readonly records: number
  readonly landed: number
  readonly duplicates: number
  readonly deadLetters: number
}

const LOADS = 'loads'

/** The loads that were done since a time, by type; none where nothing was ever loaded. */
export async function readLoads(
  bigquery: BigQuery,
  { projectId, dataset }: Target,
  since: Date,
): Promise<LoadedSum[]> {
  const [isThere] = await bigquery.dataset(dataset, { projectId }).table(LOADS).exists()
  if (!isThere) return []
  const [rows] = await bigquery.query({
    query: `SELECT event_type, table_name, COUNT(DISTINCT load_id) AS loads, SUM(records) AS records, SUM(landed) AS landed,
        SUM(duplicates) AS duplicates, SUM(dead_letters) AS dead_letters
      FROM \`${projectId}.${dataset}.${LOADS}\` WHERE loaded_at >= TIMESTAMP(@since) AND records > 0 GROUP BY 1, 2 ORDER BY 1`,
    params: { since: since.toISOString() },
  })
  return (rows as readonly Readonly<Record<string, unknown>>[]).map((row) => ({
    eventType: String(row['event_type']),
    table: String(row['table_name']),
    loads: Number(row['loads']),
    records: Number(row['records']),
    landed: Number(row['landed']),
    duplicates: Number(row['duplicates']),
    deadLetters: Number(row['dead_letters']),
  }))
}
