import { keyOf } from '@tablestream/archiver'
import type { BigQuery } from './clients.ts'
import type { EventPolicies } from '@tablestream/contract'
import { readEventTables } from './event-tables.ts'
import { readHardMessages, type HardMessage, type HardReading } from './hard-messages.ts'
import { hardPages } from './hard-portions.ts'
import { daysCondition, type PossibleDay } from './ledger-days.ts'
import { groupsOf, ledgerOf, tableOf, tell, type Told } from './ledger-rows.ts'
import type { Ledger, Uncompared } from './ledger.ts'
import { ledgerQuery, PUBLISHED, typesAndDaysQuery } from './ledger-query.ts'
import { KEYS, keyedHoursQuery, keysQuery } from './message-keys.ts'
import { openQueries } from './queries.ts'
import { lookEarlier } from './second-look.ts'
import type { Target } from './target.ts'

export interface LedgerOptions {
  readonly since: Date
  /** How many events without an end, and collisions, are named at most. */
  readonly most?: number
  /** What takes the place of the record `published_messages` in SQL; absent: that table. */
  readonly published?: string
  /** Of which types events take each other's place; absent: of those whose table has the key of upserts. */
  readonly policies?: EventPolicies | undefined
  /** The record itself is read of every hour, and not the keys that the archiver made of it. */
  readonly withoutKeys?: boolean
  /** Bytes that what JavaScript read may take in a request, of the 10 MB that BigQuery takes. */
  readonly requestBytes?: number
  /** Bytes that one query may read: BigQuery refuses one that would read more. Absent: as many as it needs. */
  readonly maxBytesBilled?: number
}

const MOST_REQUEST_BYTES = 5_000_000
/** So many events without an end are looked for on earlier days: their fingerprints take 4 MB of the 10 of a request. */
const MOST_LOOKED_FOR = 100_000

/** A type of messages on one day, as SQL reads them. */
interface TypeAndDay {
  readonly event_type: string
  readonly day: string
  readonly near: boolean | null
  /** Milliseconds since 1970; null where SQL reads them as JavaScript does. */
  readonly hard_hour: number | null
  readonly messages: number
}

/**
 * Compares what Pub/Sub took with what is in the tables and the dead letters: message by message, by the fingerprint of its
 * bytes, its source and its id. The record of what Pub/Sub took is the table `published_messages`, which Pub/Sub writes itself.
 */
export async function readLedger(
  bigquery: BigQuery,
  target: Target,
  options: LedgerOptions,
): Promise<Ledger> {
  const { since, most = 100, published, policies, withoutKeys = published !== undefined } = options
  const { query, pages, bytes } = openQueries(bigquery, since, options.maxBytesBilled)
  const name = (table: string) =>
    (table === PUBLISHED ? published : undefined) ?? `\`${target.projectId}.${target.dataset}.${table}\``
  const kept = bigquery.dataset(target.dataset, { projectId: target.projectId }).table(KEYS)
  const hasKeys = !withoutKeys && (await kept.exists())[0]
  const keyed = hasKeys ? (await query(keyedHoursQuery(name), {})).map(({ hour }) => Number(hour)) : []
  const keys = keysQuery(name, keyed)
  const asRead = (await query(typesAndDaysQuery(keys), {})) as unknown as TypeAndDay[]
  const ofHard = asRead.filter((each) => each.hard_hour !== null)
  const hours = [...new Set(ofHard.map((each) => Number(each.hard_hour)))].toSorted((a, b) => a - b)
  const hard: HardReading =
    ofHard.length === 0
      ? { different: [], days: new Map(), isWhole: true }
      : await readHardMessages(hardPages(pages, name, hours), options.requestBytes ?? MOST_REQUEST_BYTES)
  const days = daysByType(asRead, hard)
  const { fit, unfit } = await readEventTables(query, name)
  const types = [...days.keys()].filter((type) => !unfit.has(tableOf(type)))
  const told: Told = { accounts: [], unmatched: [], collisions: [] }
  const daysOf = (type: string) => daysCondition(days.get(type)!)
  for (const group of groupsOf(types, { tables: fit, policies, daysOf })) {
    const sql = ledgerQuery({
      name,
      keys,
      tables: group.tables,
      hard: !hard.isWhole ? 'some' : hard.different.length > 0 ? 'all' : 'none',
      mostMissing: most,
      mostWithoutDay: MOST_LOOKED_FOR,
      mostCollisions: most,
    })
    tell(told, await query(sql, paramsOf(group.types, hard.different)), group)
  }
  told.unmatched.sort((a, b) => a.millis - b.millis)
  const first = told.unmatched.filter(({ hasNoDay }) => hasNoDay).slice(0, MOST_LOOKED_FOR)
  const wanted = [...fit.values()].filter(({ hasSource, hasFingerprint }) => hasSource && hasFingerprint)
  const names = new Set(wanted.map(({ table }) => table))
  const earlier = await lookEarlier(first, { query, name, tables: names })
  const uncompared = [...inUnfitTables(asRead, unfit)]
  if (!hard.isWhole) uncompared.push(unread(ofHard, hard.different.length))
  return ledgerOf(told, earlier, { most, uncompared, ...bytes() })
}

function daysByType(asRead: readonly TypeAndDay[], hard: HardReading): Map<string, PossibleDay[]> {
  const days = new Map<string, PossibleDay[]>()
  const add = (type: string, day: PossibleDay) => {
    const known = days.get(type)
    if (known) known.push(day)
    else days.set(type, [day])
  }
  for (const { event_type: type, day, near } of asRead) add(type, { day, near: near === true })
  for (const [type, some] of hard.days) {
    if (!days.has(type)) days.set(type, [])
    for (const day of some) add(type, { day, near: false })
  }
  return days
}

function paramsOf(types: readonly string[], different: readonly HardMessage[]): object {
  const keys = { types: types.map(keyOf) }
  if (different.length === 0) return keys
  const places = new Map(types.map((type, place) => [type, place]))
  return {
    ...keys,
    hard_ids: different.map(({ messageId }) => messageId),
    hard_places: different.map(({ eventType }) => places.get(eventType) ?? -1),
    hard_event_ids: different.map(({ idKey }) => idKey),
  }
}

function* inUnfitTables(
  asRead: readonly TypeAndDay[],
  unfit: ReadonlyMap<string, string>,
): Generator<Uncompared> {
  for (const [table, why] of unfit) {
    const own = asRead.filter(({ event_type: type }) => tableOf(type) === table)
    const messages = own.reduce((sum, each) => sum + each.messages, 0)
    if (messages > 0) yield { messages, why }
  }
}

function unread(ofHard: readonly TypeAndDay[], read: number): Uncompared {
  const messages = ofHard.reduce((sum, each) => sum + each.messages, 0) - read
  return {
    messages,
    why: 'their keys, ids or types are written in a way that SQL may not read, and there are too many of them for one look',
  }
}
