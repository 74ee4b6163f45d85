import { Turns } from '../append/turns.ts'
import { lazyBigQuery } from '../bigquery-client.ts'

/** What BigQuery's REST API knows of tables. */
export interface TablesGet {
  /**
   * Whether there is such a table.
   *
   * @throws the client's own error where BigQuery does not tell
   */
  has(table: string): Promise<boolean>
}

/** A user has 100 requests a second to tables.get (docs: quotas); one takes some 50 ms. */
const AT_ONCE = 4
const CALL_MS = 5000
const NOT_FOUND = 404

export function createTablesGet(projectId: string, dataset: string): TablesGet {
  const open = lazyBigQuery({ projectId, callMs: CALL_MS, tries: false })
  const turns = new Turns(AT_ONCE)
  return {
    has: (table) =>
      turns.take(async () => {
        const bigquery = await open()
        try {
          await bigquery.dataset(dataset).table(table).getMetadata()
          return true
        } catch (error) {
          if ((error as { code?: unknown }).code === NOT_FOUND) return false
          throw error
        }
      }),
  }
}
