import { earlierRowsQuery, type Name } from './ledger-query.ts'

/** An event of which no row was found: messages with the same bytes, source and id. */
export interface Unmatched {
  readonly table: string
  readonly fingerprint: string
  readonly sourceKey: string
  readonly eventKey: string
  /** When the first of its messages was published, in milliseconds since 1970. */
  readonly millis: number
  /** Its bytes do not say of which day it is, and it has an id of its own. */
  readonly hasNoDay: boolean
}

/** What was said to be missing and is there. */
export interface LandedEarlier<U extends Unmatched> {
  readonly event: U
  readonly copies: number
}

export type Query = (sql: string, params: object) => Promise<readonly Readonly<Record<string, unknown>>[]>

/** As many tables are named by one query: BigQuery takes 1,000 at most, and 1 MB of text. */
export const MOST_TABLES = 200

const DAY_MS = 86_400_000

/**
 * Looks for rows of an earlier day. An event without a day of its own that was sent again after midnight is one event, and its row is
 * on the day of the first message, which may have been published before those that are asked for. Others are not looked for again.
 */
export async function lookEarlier<U extends Unmatched>(
  unmatched: readonly U[],
  { query, name, tables }: { query: Query; name: Name; tables: ReadonlySet<string> },
): Promise<LandedEarlier<U>[]> {
  const wanted = unmatched.filter(({ hasNoDay, table }) => hasNoDay && tables.has(table))
  const events = new Map(wanted.map((event) => [keyOf(event), event]))
  const byTable = Map.groupBy(wanted, ({ table }) => table)
  const own = [...byTable.keys()]
  const landed: LandedEarlier<U>[] = []
  for (let at = 0; at < own.length; at += MOST_TABLES) {
    const some = own.slice(at, at + MOST_TABLES)
    const theirs = some.flatMap((table) => byTable.get(table)!)
    const latest = theirs.reduce((last, { millis }) => Math.max(last, millis), 0)
    const until = new Date(latest + DAY_MS)
    const fingerprints = [...new Set(theirs.map(({ fingerprint }) => fingerprint))]
    const sql = earlierRowsQuery(name, some, until.toISOString().slice(0, 10))
    for (const row of await query(sql, { fingerprints })) {
      const event = events.get(
        keyOf({
          table: some[Number(row['place'])]!,
          fingerprint: String(row['fingerprint']),
          eventKey: String(row['event_key']),
          sourceKey: String(row['source_key']),
        }),
      )
      if (event) landed.push({ event, copies: Number(row['copies']) })
    }
  }
  return landed
}

function keyOf({
  table,
  fingerprint,
  eventKey,
  sourceKey,
}: Pick<Unmatched, 'table' | 'fingerprint' | 'eventKey' | 'sourceKey'>): string {
  return `${table} ${fingerprint} ${eventKey} ${sourceKey}`
}
