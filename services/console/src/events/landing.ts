import { destination, judge, sourceOf, type Verdict } from '@tablestream/contract'
import { isUpsertKey } from '@tablestream/ledger'
import { columnsOfFields, type Column } from '@tablestream/table-schema'
import type { TableFacts } from '../bigquery/warehouse.ts'
import type { Tables } from '../tables/dataset.ts'
import { daysOf } from './find-rows.ts'
import { readRows, type EventRow } from './read-rows.ts'
import type { PublishedMessage } from './record.ts'

/** The table of an event, and what is there with its id. */
export interface Landing {
  readonly facts: TableFacts | undefined
  readonly columns: readonly Column[] | undefined
  readonly rows: readonly EventRow[]
  /** Events take each other's place there, by source and id, whatever their day is. */
  readonly isUpserted: boolean
}

const OTHER_DAY = '2000-01-01T00:00:00Z'

/** Looks for the rows of an event where it belongs. */
export async function landingOf(
  verdict: Verdict,
  message: PublishedMessage,
  tables: Tables,
): Promise<Landing> {
  if (verdict.outcome !== 'event')
    return { facts: undefined, columns: undefined, rows: [], isUpserted: false }
  const { table } = destination(verdict.eventType)
  const facts = await tables.warehouse.table(tables.dataset, table)
  const columns = facts && columnsOfFields(facts.schema?.fields ?? [])
  const isUpserted = isUpsertKey(facts?.tableConstraints?.primaryKey?.columns ?? [])
  if (!columns) return { facts, columns, rows: [], isUpserted }
  const { eventId, eventDate } = verdict
  const { fingerprint } = message
  const where = { table, columns, eventId, fingerprint, source: sourceOf(message) }
  const rows = await readRows(tables, { ...where, days: isUpserted ? undefined : [eventDate] })
  const isKnown = isUpserted || rows.some(({ isOwn }) => isOwn) || !hasFingerprint(columns)
  if (isKnown || !hasDayOfPublish(message, eventDate)) return { facts, columns, rows, isUpserted }
  // it may have come before, on another day: then its row is there
  const days = await daysOf({ table, id: eventId, fingerprint }, tables)
  const earlier = days.length === 0 ? rows : await readRows(tables, { ...where, days })
  return { facts, columns, rows: earlier, isUpserted }
}

/** Whether neither its bytes nor its attributes tell its day: had it been published on another one, it would be that. */
function hasDayOfPublish(message: PublishedMessage, day: string): boolean {
  const verdict = judge({ ...message, publishTime: OTHER_DAY })
  return verdict.outcome === 'event' && verdict.eventDate !== day
}

function hasFingerprint(columns: readonly Column[]): boolean {
  return columns.some(({ name }) => name === '_fingerprint')
}
