import type { BigQuery } from '@google-cloud/bigquery'
import { destination } from '@tablestream/contract'
import type { Target } from './google-clients.ts'

/** Where the messages of one event type ended. `messages` is the sum of the four that follow it. */
export interface Account {
  readonly eventType: string
  readonly table: string
  /** Messages that Pub/Sub took. */
  readonly messages: number
  /** Events that are in their table. */
  readonly landed: number
  /** Messages that repeat an event that landed. */
  readonly duplicates: number
  readonly deadLettered: number
  /** Messages that are nowhere: lost, or on their way. */
  readonly missing: number
  /** Rows that repeat an event; the view `<table>_deduplicated` does not show them. */
  readonly extraRows: number
}

/** A message without an end. */
export interface MissingMessage {
  readonly eventType: string
  readonly eventId: string
  readonly messageId: string
  readonly publishTime: string
}

export interface Ledger {
  readonly accounts: readonly Account[]
  /** The first of them, oldest first. */
  readonly missing: readonly MissingMessage[]
}

// the rules of services/contract/src/decode-message.ts, in SQL
const TEXT = 'SAFE_CONVERT_BYTES_TO_STRING(data)'
const OWN_ID = `SAFE.JSON_VALUE(${TEXT}, '$.event_id')`
const OWN_ID_JSON = `CAST(SAFE.JSON_QUERY(${TEXT}, '$.event_id') AS STRING)`
const EVENT_ID = `CASE
    WHEN STARTS_WITH(${OWN_ID_JSON}, '"') AND ${OWN_ID} != '' THEN ${OWN_ID}
    WHEN REGEXP_CONTAINS(${OWN_ID_JSON}, r'^-?[0-9]+$') THEN ${OWN_ID}
    ELSE COALESCE(NULLIF(JSON_VALUE(attributes, '$."ce-id"'), ''), message_id)
  END`
const EVENT_TYPE = `COALESCE(SAFE.JSON_VALUE(${TEXT}, '$.event_type'), '')`
// Pub/Sub's own dead letters do not name the message that they were
const FINGERPRINT = `CONCAT(TO_HEX(SHA256(data)), ' ', CAST(UNIX_MILLIS(publish_time) AS STRING))`

/**
 * Compares what Pub/Sub took with what is in the tables and the dead letters: message by message, by event id. The record
 * of what Pub/Sub took is the table `published_messages`, which Pub/Sub writes itself.
 */
export async function readLedger(
  bigquery: BigQuery,
  target: Target,
  { since, mostMissing = 100 }: { readonly since: Date; readonly mostMissing?: number },
): Promise<Ledger> {
  const query = async (sql: string) => {
    const [rows] = await bigquery.query({ query: sql, params: { since: since.toISOString() } })
    return rows as Record<string, unknown>[]
  }
  const name = (table: string) => `\`${target.projectId}.${target.dataset}.${table}\``
  const types = await query(`SELECT DISTINCT ${EVENT_TYPE} AS event_type FROM ${name('published_messages')}
    WHERE publish_time >= TIMESTAMP(@since)`)
  const known = await query(
    `SELECT table_name FROM ${name('INFORMATION_SCHEMA.TABLES')} WHERE table_type = 'BASE TABLE'`,
  )
  const existing = new Set(known.map(({ table_name: table }) => String(table)))
  const tables = new Map(
    types.map(({ event_type: type }) => [String(type), type === '' ? '' : destination(String(type)).table]),
  )
  const ledger = ledgerQuery(name, tables, existing)
  const accounts = await query(`${ledger} SELECT event_type, table_name, SUM(messages) AS messages,
      SUM(IF(copies > 0, 1, 0)) AS landed,
      SUM(IF(copies > 0, messages - 1 - LEAST(dead, messages - 1), 0)) AS duplicates,
      SUM(IF(copies > 0, LEAST(dead, messages - 1), dead)) AS dead_lettered,
      SUM(IF(copies > 0, 0, messages - dead)) AS missing,
      SUM(GREATEST(copies - 1, 0)) AS extra_rows
    FROM by_event GROUP BY 1, 2 ORDER BY 1`)
  const missing = await query(`${ledger} SELECT m.event_type, m.event_id, m.message_id, m.publish_time
    FROM messages AS m JOIN by_event AS e USING (event_type, event_id)
    WHERE e.copies = 0 AND NOT m.is_dead ORDER BY m.publish_time LIMIT ${mostMissing}`)
  return { accounts: accounts.map(accountOf), missing: missing.map(missingOf) }
}

function ledgerQuery(
  name: (table: string) => string,
  tables: ReadonlyMap<string, string>,
  existing: ReadonlySet<string>,
): string {
  const destinations = [...tables].map(
    ([type, table]) => `SELECT ${textOf(type)} AS event_type, ${textOf(table)} AS table_name`,
  )
  const rows = [...new Set(tables.values())]
    .filter((table) => existing.has(table))
    .map(
      (table) =>
        `SELECT ${textOf(table)} AS table_name, event_id FROM ${name(table)} WHERE event_date IS NOT NULL`,
    )
  const nothing = (columns: readonly string[]) =>
    `SELECT ${columns.map((column) => `CAST(NULL AS STRING) AS ${column}`).join(', ')} LIMIT 0`
  return `WITH published AS (
    SELECT message_id, ${EVENT_TYPE} AS event_type, ${EVENT_ID} AS event_id, publish_time, ${FINGERPRINT} AS fingerprint
    FROM ${name('published_messages')} WHERE publish_time >= TIMESTAMP(@since)
    QUALIFY ROW_NUMBER() OVER (PARTITION BY message_id) = 1
  ),
  dead AS (SELECT message_id, ${FINGERPRINT} AS fingerprint FROM ${name('dead_letter_reasons')}),
  destinations AS (${destinations.join(' UNION ALL ') || nothing(['event_type', 'table_name'])}),
  all_rows AS (${rows.join(' UNION ALL ') || nothing(['table_name', 'event_id'])}),
  landed AS (SELECT table_name, event_id, COUNT(*) AS copies FROM all_rows GROUP BY 1, 2),
  messages AS (
    SELECT p.event_type, d.table_name, p.event_id, p.message_id, p.publish_time,
      p.message_id IN (SELECT message_id FROM dead WHERE message_id IS NOT NULL)
        OR p.fingerprint IN (SELECT fingerprint FROM dead WHERE message_id IS NULL AND fingerprint IS NOT NULL) AS is_dead
    FROM published AS p JOIN destinations AS d USING (event_type)
  ),
  by_event AS (
    SELECT m.event_type, m.table_name, m.event_id, COUNT(*) AS messages, COUNTIF(m.is_dead) AS dead,
      IFNULL(ANY_VALUE(l.copies), 0) AS copies
    FROM messages AS m LEFT JOIN landed AS l ON l.table_name = m.table_name AND l.event_id = m.event_id
    GROUP BY 1, 2, 3
  )`
}

/** A text in GoogleSQL. */
function textOf(text: string): string {
  return JSON.stringify(text)
}

function accountOf(row: Record<string, unknown>): Account {
  const number = (column: string) => Number(row[column])
  return {
    eventType: String(row['event_type']),
    table: String(row['table_name']),
    messages: number('messages'),
    landed: number('landed'),
    duplicates: number('duplicates'),
    deadLettered: number('dead_lettered'),
    missing: number('missing'),
    extraRows: number('extra_rows'),
  }
}

function missingOf(row: Record<string, unknown>): MissingMessage {
  const time = row['publish_time'] as { readonly value: string }
  return {
    eventType: String(row['event_type']),
    eventId: String(row['event_id']),
    messageId: String(row['message_id']),
    publishTime: time.value,
  }
}
