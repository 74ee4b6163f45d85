import { keyOf, shownOf } from '@tablestream/archiver'
import { destination, type EventPolicies } from '@tablestream/contract'
import { bytesOf } from './ledger-parameters.ts'
import type { EventTable, PlacedTable } from './ledger-query.ts'
import type { Account, Collision, Ledger, MissingEvent } from './ledger.ts'
import { MOST_TABLES, type LandedEarlier, type Unmatched } from './second-look.ts'

type Row = Readonly<Record<string, unknown>>

/** An event without an end, as far as the first look goes. */
export interface FirstMissing extends Unmatched, MissingEvent {}

/** What the first look tells, of all groups. */
export interface Told {
  readonly accounts: Account[]
  readonly unmatched: FirstMissing[]
  readonly collisions: (Collision & { readonly millis: number })[]
}

/** The table of an event type; none of what is no event. */
export function tableOf(eventType: string): string {
  return eventType.trim() === '' ? '' : destination(eventType).table
}

export interface Group {
  readonly types: readonly string[]
  readonly tables: readonly PlacedTable[]
}

export interface Grouping {
  /** By their names. */
  readonly tables: ReadonlyMap<string, EventTable>
  /** Where they are known, a table has upserts where both it and the policy say so: it keeps its key when the policy changes. */
  readonly policies: EventPolicies | undefined
  /** SQL for the days that messages of a type can be in. */
  readonly daysOf: (eventType: string) => string
}

const MOST_TYPES = 5000
/** Of the 10 MB of a request; as much as five goes to what JavaScript read (accounts.ts). */
const MOST_TYPE_BYTES = 1_000_000

/** Types and their tables, as many as one query takes. */
export function groupsOf(types: readonly string[], { tables, policies, daysOf }: Grouping): Group[] {
  const groups: Group[] = []
  let own: string[] = []
  let named: PlacedTable[] = []
  let bytes = 0
  for (const type of types) {
    const table = tables.get(tableOf(type))
    if (table) {
      const isUpserted = table.isUpserted && policies?.of(type).duplicates !== 'view'
      named.push({ ...table, isUpserted, place: own.length, days: daysOf(type) })
    }
    own.push(type)
    bytes += bytesOf(keyOf(type))
    if (named.length < MOST_TABLES && own.length < MOST_TYPES && bytes < MOST_TYPE_BYTES) continue
    groups.push({ types: own, tables: named })
    own = []
    named = []
    bytes = 0
  }
  return own.length === 0 ? groups : [...groups, { types: own, tables: named }]
}

/** Adds what the query of a group answers. */
export function tell(told: Told, rows: readonly Row[], { types, tables }: Group): void {
  const upserted = new Set(tables.filter(({ isUpserted }) => isUpserted).map(({ table }) => table))
  for (const row of rows) {
    const number = (column: string) => Number(row[column])
    const text = (column: string) => String(row[column])
    const type = types[number('place')]!
    const table = tableOf(type)
    const eventType = table === '' ? '' : type
    // what is no event has no id that another one could have
    const hasCollisions = table !== '' && !upserted.has(table)
    const event = { eventType, eventId: shownOf(text('event_id')), source: text('source') }
    const millis = number('millis')
    if (row['kind'] === 'account') {
      const account: Account = {
        eventType,
        table,
        messages: number('messages'),
        landed: number('landed'),
        duplicates: number('duplicates'),
        replaced: number('replaced'),
        deadLettered: number('dead_lettered'),
        missing: number('missing'),
        landedById: number('by_id'),
        extraRows: number('extra_rows'),
        collisions: hasCollisions ? number('collisions') : 0,
      }
      checkSum(account)
      told.accounts.push(account)
    } else if (row['kind'] === 'missing') {
      told.unmatched.push({
        ...event,
        table,
        millis,
        messages: number('missing'),
        hasNoDay: number('has_no_day') === 1,
        fingerprint: text('fingerprint'),
        eventKey: text('event_key'),
        sourceKey: text('source_key'),
        messageId: text('message_ids'),
        publishTime: new Date(millis).toISOString(),
      })
    } else if (hasCollisions) {
      const messageIds = text('message_ids').split(' ')
      told.collisions.push({
        ...event,
        millis,
        messageIds,
        messages: number('messages'),
        contents: number('collisions'),
      })
    }
  }
}

/** @throws Error where a message has two ends, or none that is told */
function checkSum(account: Account): void {
  const { messages, landed, duplicates, replaced, deadLettered, missing } = account
  if (messages !== landed + duplicates + replaced + deadLettered + missing)
    throw new Error(
      `the sum is not that of the messages, which is a fault of reconcile: ${JSON.stringify(account)}`,
    )
}

/** Everything that was told, with what landed earlier put where it belongs. */
export function ledgerOf(
  { accounts, unmatched, collisions }: Told,
  earlier: readonly LandedEarlier<FirstMissing>[],
  { most, ...rest }: { most: number } & Pick<Ledger, 'uncompared' | 'bytesRead' | 'bytesBilled'>,
): Ledger {
  const byTable = new Map<string, Account>()
  for (const account of accounts) {
    const other = byTable.get(account.table)
    byTable.set(account.table, other ? sumOf(other, account) : account)
  }
  const landed = new Set<FirstMissing>()
  for (const { event, copies } of earlier) {
    landed.add(event)
    const { messages, table } = event
    const account = byTable.get(table)!
    byTable.set(table, {
      ...account,
      landed: account.landed + 1,
      duplicates: account.duplicates + messages - 1,
      missing: account.missing - messages,
      extraRows: account.extraRows + copies - 1,
    })
  }
  const missing = unmatched
    .filter((event) => !landed.has(event))
    .slice(0, most)
    .map(({ eventType, eventId, source, messages, messageId, publishTime }) => ({
      eventType,
      eventId,
      source,
      messages,
      messageId,
      publishTime,
    }))
  return {
    accounts: [...byTable.values()].toSorted((a, b) => (a.eventType < b.eventType ? -1 : 1)),
    missing,
    collisions: collisions
      .toSorted((a, b) => a.millis - b.millis)
      .slice(0, most)
      .map(({ eventType, eventId, source, contents, messages, messageIds }) => ({
        eventType,
        eventId,
        source,
        contents,
        messages,
        messageIds,
      })),
    ...rest,
  }
}

/** Of what is no event, whatever its type, there is one account. */
function sumOf(one: Account, other: Account): Account {
  return {
    eventType: one.eventType,
    table: one.table,
    messages: one.messages + other.messages,
    landed: one.landed + other.landed,
    duplicates: one.duplicates + other.duplicates,
    replaced: one.replaced + other.replaced,
    deadLettered: one.deadLettered + other.deadLettered,
    missing: one.missing + other.missing,
    landedById: one.landedById + other.landedById,
    extraRows: one.extraRows + other.extraRows,
    collisions: one.collisions + other.collisions,
  }
}
