import type { BigQuery } from '@google-cloud/bigquery'
import { readHardMessage, type HardMessage, type PublishedRow } from './hard-messages.ts'
import { daysCondition } from './ledger-days.ts'
import { groupsOf, ledgerOf, tell, type Told } from './ledger-rows.ts'
import type { Ledger } from './ledger.ts'
import {
  hardMessagesQuery,
  ledgerQuery,
  PUBLISHED,
  typesAndDaysQuery,
  type EventTable,
  type Name,
} from './ledger-query.ts'
import { inHours, KEYS, keyedHoursQuery, keysQuery } from './message-keys.ts'
import { lookEarlier, type Query } from './second-look.ts'
import type { Target } from './target.ts'

export interface LedgerOptions {
  readonly since: Date
  /** How many events without an end, and collisions, are named at most. */
  readonly most?: number
  /** What takes the place of the record `published_messages` in SQL; absent: that table. */
  readonly published?: string
  /** The record itself is read of every hour, and not the keys that the archiver made of it. */
  readonly withoutKeys?: boolean
}

type Row = Readonly<Record<string, unknown>>

/** So many events without an end are looked for on earlier days: more is no event sent twice, but a trouble. */
const MOST_LOOKED_FOR = 10_000
/** So many messages are read by JavaScript: what they are goes into a request, which takes 10 MB. Of others SQL says what they are. */
const MOST_HARD = 4000

/**
 * Compares what Pub/Sub took with what is in the tables and the dead letters: message by message, by the fingerprint of its
 * bytes, its source and its id. The record of what Pub/Sub took is the table `published_messages`, which Pub/Sub writes itself.
 */
export async function readLedger(
  bigquery: BigQuery,
  target: Target,
  { since, most = 100, published, withoutKeys = published !== undefined }: LedgerOptions,
): Promise<Ledger> {
  let bytesRead = 0
  const query = async (sql: string, params: object = {}) => {
    const answer = await bigquery.query({ query: sql, params: { since: since.toISOString(), ...params } })
    const [rows, , response] = answer as unknown as [Row[], unknown, { totalBytesProcessed?: string }?]
    bytesRead += Number(response?.totalBytesProcessed ?? 0)
    return rows
  }
  const name = (table: string) =>
    (table === PUBLISHED ? published : undefined) ?? `\`${target.projectId}.${target.dataset}.${table}\``
  const kept = bigquery.dataset(target.dataset, { projectId: target.projectId }).table(KEYS)
  const hasKeys = !withoutKeys && (await kept.exists())[0]
  const keyed = hasKeys ? (await query(keyedHoursQuery(name))).map(({ hour }) => Number(hour)) : []
  const keys = keysQuery(name, keyed)
  const typesAndDays = await query(typesAndDaysQuery(keys))
  const hardHours = typesAndDays.flatMap(({ hard_hour: hour }) => (hour === null ? [] : [Number(hour)]))
  const hard =
    hardHours.length > 0
      ? (await query(hardMessagesQuery(name, inHours(hardHours), MOST_HARD))).map((row) =>
          readHardMessage(row as unknown as PublishedRow),
        )
      : []
  const days = daysCondition([
    ...typesAndDays.map(({ day, near }) => ({ day: String(day), near: near === true })),
    ...hard.flatMap((message) => message.days),
  ])
  const types = new Set([
    ...typesAndDays.map((row) => String(row['event_type'])),
    ...hard.map(({ eventType }) => eventType),
  ])
  const tables = await readEventTables(query, name)
  const told: Told = { accounts: [], unmatched: [], collisions: [] }
  for (const group of groupsOf([...types], tables)) {
    const parts = {
      name,
      keys,
      tables: group.tables,
      days,
      mostMissing: MOST_LOOKED_FOR,
      mostCollisions: most,
    }
    const sql = ledgerQuery({ ...parts, hasHard: hard.length > 0 })
    tell(told, await query(sql, { types: group.types, ...paramsOf(hard) }), group)
  }
  told.unmatched.sort((a, b) => a.millis - b.millis)
  const first = told.unmatched.slice(0, MOST_LOOKED_FOR)
  const wanted = [...tables.values()].filter(({ hasFingerprint }) => hasFingerprint)
  const names = new Set(wanted.map(({ table }) => table))
  const earlier = await lookEarlier(first, { query, name, tables: names })
  return ledgerOf(told, earlier, { most, bytesRead })
}

function paramsOf(hard: readonly HardMessage[]): object {
  if (hard.length === 0) return {}
  return {
    hard_ids: hard.map(({ messageId }) => messageId),
    hard_types: hard.map(({ eventType }) => eventType),
    hard_event_ids: hard.map(({ eventId }) => eventId),
  }
}

/** The tables that hold events, by name. */
async function readEventTables(query: Query, name: Name): Promise<ReadonlyMap<string, EventTable>> {
  const columns = await query(
    `SELECT table_name, column_name FROM ${name('INFORMATION_SCHEMA.COLUMNS')}
     WHERE column_name IN ('event_id', 'event_date', '_source', '_fingerprint') AND table_name IN (
       SELECT table_name FROM ${name('INFORMATION_SCHEMA.TABLES')} WHERE table_type = 'BASE TABLE')
     UNION ALL
     SELECT table_name, 'primary key' FROM ${name('INFORMATION_SCHEMA.TABLE_CONSTRAINTS')}
     WHERE constraint_type = 'PRIMARY KEY'`,
    {},
  )
  const columnsOf = new Map<string, Set<unknown>>()
  for (const { table_name: table, column_name: column } of columns) {
    const known = columnsOf.get(String(table)) ?? new Set()
    columnsOf.set(String(table), known.add(column))
  }
  const tables = [...columnsOf]
    .filter(([, own]) => own.has('event_id') && own.has('event_date'))
    .map(([table, own]) => ({
      table,
      hasFingerprint: own.has('_fingerprint') && own.has('_source'),
      // events take each other's place in those that have a primary key
      isUpserted: own.has('primary key'),
    }))
  return new Map(tables.map((each) => [each.table, each]))
}
