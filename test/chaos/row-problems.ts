import { differences } from '../end-to-end/event-of-row.ts'
import { DATASET, type Pipeline } from '../end-to-end/pipeline.ts'
import { eachRow, type StoredRow } from '../end-to-end/read-table.ts'
import { UPSERTED, type ChaosEvents } from './events.ts'

/** What is wrong with the rows: a value that is not its event's, an event without a row, one that users read twice. */
export async function rowProblems(
  pipeline: Pipeline,
  tables: readonly string[],
  events: ChaosEvents,
): Promise<string[]> {
  const problems: string[] = []
  const seen = new Set<string>()
  for (const table of tables) {
    for await (const row of eachRow(pipeline, table)) {
      problems.push(...problemsOfRow(row, table, events))
      seen.add(row.eventId)
    }
    // what users read: each event once
    const once = table === UPSERTED ? table : `${table}_deduplicated`
    const [counted] = await pipeline.clients.query(
      `SELECT COUNT(*) AS row_count, COUNT(DISTINCT event_id) AS ids FROM ${DATASET}.${once}`,
    )
    const repeated = Number(counted!['row_count']) - Number(counted!['ids'])
    if (repeated > 0) problems.push(`${once} shows ${repeated} duplicates`)
  }
  for (const id of events.good.keys()) if (!seen.has(id)) problems.push(`${id} has no row`)
  return problems
}

/** @param table of the events that the row may be of */
export function problemsOfRow(row: StoredRow, table: string, { good }: ChaosEvents): string[] {
  const wanted = good.get(row.eventId)
  if (wanted?.table !== table) return [`${table} has a row of ${row.eventId}`]
  return differences(own(wanted.event), row).map((each) => `${row.eventId} ${each}`)
}

/** Without what is a column of every table. */
function own(event: Readonly<Record<string, unknown>>) {
  const { event_id: _, event_date: __, ...fields } = event
  return fields
}
