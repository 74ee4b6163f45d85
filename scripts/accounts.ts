import type { BigQuery } from '@google-cloud/bigquery'
import { daysCondition } from './ledger-days.ts'
import { groupsOf, ledgerOf, tableOf, tell, type Told } from './ledger-rows.ts'
import type { Ledger } from './ledger.ts'
import { ledgerQuery, PUBLISHED, typesAndDaysQuery, type EventTable, type Name } from './ledger-query.ts'
import { lookAgain, type Query } from './second-look.ts'
import type { Target } from './target.ts'

export interface LedgerOptions {
  readonly since: Date
  /** How many events without an end, and collisions, are named at most. */
  readonly most?: number
  /** What takes the place of the record `published_messages` in SQL; absent: that table. */
  readonly published?: string
}

type Row = Readonly<Record<string, unknown>>

/** So many events without an end are looked for a second time: more is no reading of JSON, but a trouble. */
const MOST_LOOKED_FOR = 10_000

/**
 * Compares what Pub/Sub took with what is in the tables and the dead letters: message by message, by the fingerprint of its
 * bytes, its source and its id. The record of what Pub/Sub took is the table `published_messages`, which Pub/Sub writes itself.
 */
export async function readLedger(
  bigquery: BigQuery,
  target: Target,
  { since, most = 100, published }: LedgerOptions,
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
  const typesAndDays = await query(typesAndDaysQuery(name))
  const days = daysCondition(typesAndDays.map(({ day, near }) => ({ day: String(day), near: near === true })))
  const types = [...new Set(typesAndDays.map((row) => String(row['event_type'])))]
  const tables = await readEventTables(query, name)
  const told: Told = { accounts: [], unmatched: [], collisions: [] }
  for (const group of groupsOf(types, tables)) {
    const parts = { name, tables: group.tables, days, mostMissing: MOST_LOOKED_FOR, mostCollisions: most }
    const rows = await query(ledgerQuery(parts), { types: group.types })
    const met = rows
      .filter(
        ({ kind, outdone, collisions }) => kind === 'account' && Number(outdone) + Number(collisions) > 0,
      )
      .map(({ place }) => tableOf(group.types[Number(place)]!))
      .filter((table) => tables.has(table))
    tell(told, rows, group.types, await upsertTables(bigquery, target, met))
  }
  told.unmatched.sort((a, b) => a.millis - b.millis)
  const first = told.unmatched.slice(0, MOST_LOOKED_FOR)
  const wanted = [...tables.values()].filter(({ hasFingerprint }) => hasFingerprint)
  const elsewhere = await lookAgain(first, { query, name, tables: wanted.map(({ table }) => table) })
  return ledgerOf(told, elsewhere, { most, bytesRead })
}

/** The tables that hold events, by name. */
async function readEventTables(query: Query, name: Name): Promise<ReadonlyMap<string, EventTable>> {
  const columns = await query(
    `SELECT table_name, column_name FROM ${name('INFORMATION_SCHEMA.COLUMNS')}
     WHERE column_name IN ('event_id', 'event_date', '_source', '_fingerprint') AND table_name IN (
       SELECT table_name FROM ${name('INFORMATION_SCHEMA.TABLES')} WHERE table_type = 'BASE TABLE')`,
    {},
  )
  const columnsOf = new Map<string, Set<unknown>>()
  for (const { table_name: table, column_name: column } of columns) {
    const known = columnsOf.get(String(table)) ?? new Set()
    columnsOf.set(String(table), known.add(column))
  }
  const tables = [...columnsOf]
    .filter(([, own]) => own.has('event_id') && own.has('event_date'))
    .map(([table, own]) => ({ table, hasFingerprint: own.has('_fingerprint') && own.has('_source') }))
  return new Map(tables.map((each) => [each.table, each]))
}

/** Of tables where an id was met with several bytes: those in which events take each other's place, which have a primary key. */
async function upsertTables(
  bigquery: BigQuery,
  { dataset }: Target,
  wanted: readonly string[],
): Promise<ReadonlySet<string>> {
  const upserts = new Set<string>()
  for (const table of wanted) {
    const [metadata] = (await bigquery.dataset(dataset).table(table).getMetadata()) as unknown as [
      { readonly tableConstraints?: { readonly primaryKey?: object } },
    ]
    if (metadata.tableConstraints?.primaryKey) upserts.add(table)
  }
  return upserts
}
