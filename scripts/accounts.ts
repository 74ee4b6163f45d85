import type { BigQuery } from '@google-cloud/bigquery'
import { destination } from '@tablestream/contract'
import { dateDays, dateText } from '@tablestream/table-schema'
import type { Target } from './target.ts'
import { ledgerQuery, otherTypesQuery, typesAndDaysQuery, type EventTable } from './ledger-query.ts'

/** Where the messages of one event type ended. `messages` is the sum of the five that follow it. */
export interface Account {
  readonly eventType: string
  readonly table: string
  /** Messages that Pub/Sub took. */
  readonly messages: number
  /** Events that are in their table. */
  readonly landed: number
  /** Messages that repeat an event that landed. */
  readonly duplicates: number
  /** Messages whose place another event with their id took: in tables with upserts. */
  readonly replaced: number
  readonly deadLettered: number
  /** Messages that are nowhere: lost, or on their way. */
  readonly missing: number
  /** Rows that repeat an event; the view `<table>_deduplicated` does not show them. */
  readonly extraRows: number
  /** Ids that events with different bytes have, of the same type and source; none in tables with upserts. */
  readonly collisions: number
}

/** A message without an end. */
export interface MissingMessage {
  readonly eventType: string
  readonly eventId: string
  readonly source: string
  readonly messageId: string
  readonly publishTime: string
}

/** An id that events with different bytes have. */
export interface Collision {
  readonly eventType: string
  readonly eventId: string
  readonly source: string
  /** How many different events have it. */
  readonly contents: number
  readonly messageIds: readonly string[]
}

export interface Ledger {
  readonly accounts: readonly Account[]
  /** The first of them, oldest first. */
  readonly missing: readonly MissingMessage[]
  /** The first of them, oldest first. */
  readonly collisions: readonly Collision[]
}

export interface LedgerOptions {
  readonly since: Date
  /** How many messages without an end, and collisions, are named at most. */
  readonly most?: number
}

/** More days than these are read as one span of time. */
const MOST_DAYS = 1000

type Row = Readonly<Record<string, unknown>>

/**
 * Compares what Pub/Sub took with what is in the tables and the dead letters: message by message, by the fingerprint of its
 * bytes, its source and its id. The record of what Pub/Sub took is the table `published_messages`, which Pub/Sub writes itself.
 */
export async function readLedger(
  bigquery: BigQuery,
  target: Target,
  { since, most = 100 }: LedgerOptions,
): Promise<Ledger> {
  const query = async (sql: string, params: object = { since: since.toISOString() }) => {
    const [rows] = await bigquery.query({ query: sql, params })
    return rows as Row[]
  }
  const name = (table: string) => `\`${target.projectId}.${target.dataset}.${table}\``
  const published = name('published_messages')
  const typesAndDays = await query(typesAndDaysQuery(published))
  const others = await query(otherTypesQuery(published))
  const types = new Set([...typesAndDays, ...others].map((row) => String(row['event_type'])))
  const destinations = new Map(
    [...types].map((type) => [type, type.trim() === '' ? '' : destination(type).table]),
  )
  const columns = await query(
    `SELECT table_name, column_name FROM ${name('INFORMATION_SCHEMA.COLUMNS')}
     WHERE column_name IN ('event_id', '_source', '_fingerprint')`,
    {},
  )
  const tables = tablesOf(columns, new Set(destinations.values()))
  const rows = await query(ledgerQuery({ name, destinations, tables, days: daysOf(typesAndDays), most }))
  return ledgerOf(rows, destinations, await upsertTables(bigquery, target, rows))
}

/** Tables of the wanted ones that are there. */
function tablesOf(columns: readonly Row[], wanted: ReadonlySet<string>): EventTable[] {
  const columnsOf = new Map<string, Set<unknown>>()
  for (const { table_name: table, column_name: column } of columns) {
    const known = columnsOf.get(String(table)) ?? new Set()
    columnsOf.set(String(table), known.add(column))
  }
  return [...columnsOf]
    .filter(([table, own]) => wanted.has(table) && own.has('event_id'))
    .map(([table, own]) => ({ table, hasFingerprint: own.has('_fingerprint') && own.has('_source') }))
}

/** True for rows in the partitions that the events can be in: BigQuery reads no others. */
function daysOf(typesAndDays: readonly Row[]): string {
  const days = new Set<number>()
  for (const { day, near } of typesAndDays) {
    const at = dateDays(String(day))
    if (at === undefined) continue
    days.add(at)
    if (near === true) days.add(at - 1).add(at + 1)
  }
  const all = [...days].toSorted((a, b) => a - b).map((day) => `DATE '${dateText(day)}'`)
  if (all.length === 0) return 'FALSE'
  if (all.length > MOST_DAYS) return `event_date BETWEEN ${all[0]} AND ${all.at(-1)}`
  return `event_date IN (${all.join(', ')})`
}

/** Of tables where an id was met with several bytes: those in which events take each other's place, which have a primary key. */
async function upsertTables(
  bigquery: BigQuery,
  { dataset }: Target,
  rows: readonly Row[],
): Promise<ReadonlySet<string>> {
  const asked = rows.filter(
    ({ kind, outdone, collisions }) => kind === 'account' && Number(outdone) + Number(collisions) > 0,
  )
  const found = await Promise.all(
    asked.map(async ({ table_name: table }) => {
      const [metadata] = (await bigquery.dataset(dataset).table(String(table)).getMetadata()) as unknown as [
        { readonly tableConstraints?: { readonly primaryKey?: object } },
      ]
      return metadata.tableConstraints?.primaryKey ? [String(table)] : []
    }),
  )
  return new Set(found.flat())
}

function ledgerOf(
  rows: readonly Row[],
  destinations: ReadonlyMap<string, string>,
  upserts: ReadonlySet<string>,
): Ledger {
  const typeOf = new Map([...destinations].map(([type, table]) => [table, type]))
  const place = (row: Row) => {
    const table = String(row['table_name'])
    return { eventType: table === '' ? '' : (typeOf.get(table) ?? ''), table }
  }
  const of = (kind: string) => rows.filter((row) => row['kind'] === kind)
  const accounts = of('account').map((row): Account => {
    const number = (column: string) => Number(row[column])
    const { eventType, table } = place(row)
    const replaced = upserts.has(table) ? number('outdone') : 0
    return {
      eventType,
      table,
      messages: number('messages'),
      landed: number('landed'),
      duplicates: number('duplicates'),
      replaced,
      deadLettered: number('dead_lettered'),
      missing: number('missing') - replaced,
      extraRows: number('extra_rows'),
      collisions: upserts.has(table) ? 0 : number('collisions'),
    }
  })
  const event = (row: Row) => ({
    eventType: place(row).eventType,
    eventId: String(row['event_id']),
    source: String(row['source']),
  })
  const missing = of('missing')
    .filter((row) => Number(row['outdone']) === 0 || !upserts.has(place(row).table))
    .map((row) => ({
      ...event(row),
      messageId: String(row['message_ids']),
      publishTime: new Date(Number(row['millis'])).toISOString(),
    }))
  const collisions = of('collision')
    .filter((row) => !upserts.has(place(row).table))
    .map((row) => ({
      ...event(row),
      contents: Number(row['collisions']),
      messageIds: String(row['message_ids']).split(' '),
    }))
  const byType = (a: Account, b: Account) => (a.eventType < b.eventType ? -1 : 1)
  return { accounts: accounts.toSorted(byType), missing, collisions }
}
