import { columnsOfFields } from '@tablestream/table-schema'
import type { EventStory } from '../api/event.ts'
import { typeOf } from '../tables/type-of-table.ts'
import { quoted, type Tables } from '../tables/dataset.ts'
import type { FoundRow } from './find-rows.ts'
import { readRows } from './read-rows.ts'
import { rowStory } from './row-story.ts'

/** What is left of an event whose messages the record has no more: its row. How it came there nobody knows. */
export async function tellRow(found: FoundRow, tables: Tables): Promise<EventStory> {
  const { table, day, eventId, fingerprint, source } = found
  const facts = await tables.warehouse.table(tables.dataset, table)
  const columns = columnsOfFields(facts?.schema?.fields ?? [])
  const rows = await readRows(tables, {
    table,
    columns,
    eventId,
    fingerprint,
    source: source ?? undefined,
    days: [day],
  })
  const own = rows.filter(({ isOwn }) => isOwn)
  return {
    event_type: typeOf(table) ?? table,
    event_id: eventId,
    source: (own[0]?.row['_source'] ?? '') as string,
    messages: [],
    judged: { outcome: 'event', problems: [] },
    destination: { table, partition: day, cluster_by: [...(facts?.clustering?.fields ?? [])] },
    sql: `SELECT * FROM ${quoted(tables, table)} WHERE event_id = ${JSON.stringify(eventId)} AND event_date = '${day}'`,
    waited_for: [],
    rows: own.map((row) => rowStory(table, row)),
    values: [],
  }
}
