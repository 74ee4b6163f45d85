import { fingerprintQuery, idsOfMessagesQuery, type Name } from './ledger-query.ts'

/** An event of which no row was found where SQL looked for it: messages with the same bytes, source and id. */
export interface Unmatched {
  readonly eventType: string
  readonly table: string
  readonly fingerprint: string
  readonly sourceKey: string
  readonly eventKey: string
  readonly messages: number
  readonly deadLettered: number
  /** Whether JavaScript may read another type, id or day in these bytes than SQL does. */
  readonly isAmbiguous: boolean
}

/** Rows of one event. */
interface Found {
  readonly table: string
  readonly fingerprint: string
  readonly sourceKey: string
  readonly eventKey: string
  readonly copies: number
}

/** What was said to be missing and is there. */
export interface LandedElsewhere<U extends Unmatched> {
  readonly table: string
  /** Rows of the event. */
  readonly copies: number
  readonly events: readonly U[]
}

export type Query = (sql: string, params: object) => Promise<readonly Readonly<Record<string, unknown>>[]>

/** As many tables are named by one query: BigQuery takes 1,000 at most, and 1 MB of text. */
export const MOST_TABLES = 200

/**
 * Looks for events by their fingerprints alone, in all tables and all days. SQL and JavaScript read some JSON otherwise: keys that come
 * twice, keys with escapes. The fingerprint is of the bytes, so that both agree on it.
 */
export async function lookAgain<U extends Unmatched>(
  unmatched: readonly U[],
  { query, name, tables }: { query: Query; name: Name; tables: readonly string[] },
): Promise<LandedElsewhere<U>[]> {
  if (unmatched.length === 0) return []
  const fingerprints = [...new Set(unmatched.map(({ fingerprint }) => fingerprint))]
  const found = new Map<string, Found[]>()
  for (let at = 0; at < tables.length; at += MOST_TABLES) {
    const some = tables.slice(at, at + MOST_TABLES)
    for (const row of await query(fingerprintQuery(name, some), { fingerprints })) {
      const each = foundOf(row, some)
      found.set(bytesKey(each), [...(found.get(bytesKey(each)) ?? []), each])
    }
  }
  const pairs = unmatched.flatMap((event) => {
    const rows = found.get(bytesKey(event)) ?? []
    const same = rows.find(({ eventKey }) => eventKey === event.eventKey)
    const row = same ?? (event.isAmbiguous ? rows[0] : undefined)
    return row ? [{ event, row, isSame: row === same }] : []
  })
  const others = pairs.filter(({ isSame }) => !isSame).map(({ row }) => row)
  const taken = await idsOfMessages(others, { query, name })
  const byRow = new Map<Found, U[]>()
  for (const { event, row, isSame } of pairs)
    if (isSame || !taken.has(row)) byRow.set(row, [...(byRow.get(row) ?? []), event])
  return [...byRow].map(([{ table, copies }, events]) => ({ table, copies, events }))
}

/** Those rows whose id is a message's: they are that message's event, whoever has the same bytes. */
async function idsOfMessages(
  rows: readonly Found[],
  { query, name }: { query: Query; name: Name },
): Promise<ReadonlySet<Found>> {
  if (rows.length === 0) return new Set()
  const taken = await query(idsOfMessagesQuery(name), {
    fingerprints: rows.map(({ fingerprint }) => fingerprint),
    event_keys: rows.map(({ eventKey }) => eventKey),
  })
  return new Set(taken.map(({ place }) => rows[Number(place)]!))
}

function foundOf(row: Readonly<Record<string, unknown>>, tables: readonly string[]): Found {
  return {
    table: tables[Number(row['place'])]!,
    fingerprint: String(row['fingerprint']),
    sourceKey: String(row['source_key']),
    eventKey: String(row['event_key']),
    copies: Number(row['copies']),
  }
}

function bytesKey({ fingerprint, sourceKey }: Pick<Found, 'fingerprint' | 'sourceKey'>): string {
  return `${fingerprint} ${sourceKey}`
}
