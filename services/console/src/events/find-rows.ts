import type { Row } from '../bigquery/cells.ts'
import { quoted, type Tables } from '../tables/dataset.ts'
import type { EventTableNames } from '../tables/event-tables.ts'
import { ANY_DAY, fingerprintText, sourceText } from './row-sql.ts'

/** A row, as far as its message is looked for by it. */
export interface FoundRow {
  readonly table: string
  /** Its partition. */
  readonly day: string
  readonly eventId: string
  /** FARM_FINGERPRINT of its bytes, as text; null where the table keeps none. */
  readonly fingerprint: string | null
  /** Whose it is; null where that was not kept. */
  readonly source: string | null
  /** RFC 3339. */
  readonly processed: string
}

/** Tables that one query names at most: BigQuery takes 1,000, and 1 MB of text. */
const MOST_TABLES = 200
const MOST_ROWS = 1000

/** The rows of events with this id, in all tables and of all days, each event once: the first that was written. */
export async function rowsOfId(id: string, tables: Tables, names: EventTableNames): Promise<FoundRow[]> {
  return rowsWhere('event_id = @id', { id }, tables, await names.names())
}

/** The rows that were made of these bytes. */
export async function rowsOfBytes(
  data: Buffer,
  tables: Tables,
  eventTables: EventTableNames,
): Promise<FoundRow[]> {
  const names = (await eventTables.names()).filter(({ hasFingerprint }) => hasFingerprint)
  // within a query of the tables: one that names none is run in the US, wherever they are
  const condition = '_fingerprint = FARM_FINGERPRINT(FROM_BASE64(@data))'
  return rowsWhere(condition, { data: data.toString('base64') }, tables, names)
}

/** The days on which a table has rows of these bytes with this id. */
export async function daysOf(
  { table, id, fingerprint }: { readonly table: string; readonly id: string; readonly fingerprint: string },
  tables: Tables,
): Promise<string[]> {
  const condition = 'event_id = @id AND _fingerprint = CAST(@fingerprint AS INT64)'
  const rows = await rowsWhere(condition, { id, fingerprint }, tables, [
    { table, hasFingerprint: true, hasSource: false },
  ])
  return [...new Set(rows.map(({ day }) => day))]
}

async function rowsWhere(
  condition: string,
  params: Readonly<Record<string, string>>,
  tables: Tables,
  names: Awaited<ReturnType<EventTableNames['names']>>,
): Promise<FoundRow[]> {
  const found: FoundRow[] = []
  for (let at = 0; at < names.length; at += MOST_TABLES) {
    const some = names.slice(at, at + MOST_TABLES)
    const each = some.map(
      (
        { table, hasFingerprint, hasSource },
        n,
      ) => `SELECT ${n} AS n, CAST(event_date AS STRING) AS day, event_id,
        ${fingerprintText(hasFingerprint)} AS fingerprint, ${sourceText(hasSource)} AS source, processed_timestamp
        FROM ${quoted(tables, table)} WHERE ${ANY_DAY} AND ${condition}`,
    )
    const sql = `${each.join(' UNION ALL ')} ORDER BY processed_timestamp LIMIT ${MOST_ROWS}`
    const { rows } = await tables.warehouse.query({ sql, params })
    found.push(...rows.map((row) => rowOf(row, some[Number(row['n'])]!.table)))
  }
  const firsts = new Map<string, FoundRow>()
  for (const row of found) {
    const key = JSON.stringify([row.table, row.day, row.eventId, row.source, row.fingerprint])
    if (row.processed !== '' && !firsts.has(key)) firsts.set(key, row)
  }
  return [...firsts.values()]
}

function rowOf(row: Row, table: string): FoundRow {
  return {
    table,
    day: (row['day'] ?? '') as string,
    eventId: (row['event_id'] ?? '') as string,
    fingerprint: row['fingerprint'] as string | null,
    source: row['source'] as string | null,
    processed: (row['processed_timestamp'] ?? '') as string,
  }
}
