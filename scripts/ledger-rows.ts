import { destination } from '@tablestream/contract'
import type { EventTable } from './ledger-query.ts'
import type { Account, Collision, Ledger, MissingEvent } from './ledger.ts'
import { MOST_TABLES, type LandedElsewhere, type Unmatched } from './second-look.ts'

type Row = Readonly<Record<string, unknown>>

/** An event without an end, as far as the first look goes. */
export interface FirstMissing extends Unmatched, Omit<MissingEvent, 'messages'> {
  readonly millis: number
}

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
  readonly tables: readonly (EventTable & { readonly place: number })[]
}

const MOST_TYPES = 5000
/** BigQuery takes 10 MB of parameters; one type has 1,024 bytes at most. */
const MOST_TYPE_BYTES = 1_000_000

/** Types and their tables, as many as one query takes. */
export function groupsOf(types: readonly string[], tables: ReadonlyMap<string, EventTable>): Group[] {
  const groups: Group[] = []
  let own: string[] = []
  let named: (EventTable & { readonly place: number })[] = []
  let bytes = 0
  for (const type of types) {
    const table = tables.get(tableOf(type))
    if (table) named.push({ ...table, place: own.length })
    own.push(type)
    bytes += Buffer.byteLength(type)
    if (named.length < MOST_TABLES && own.length < MOST_TYPES && bytes < MOST_TYPE_BYTES) continue
    groups.push({ types: own, tables: named })
    own = []
    named = []
    bytes = 0
  }
  return own.length === 0 ? groups : [...groups, { types: own, tables: named }]
}

/** Adds what the query of a group answers. */
export function tell(
  told: Told,
  rows: readonly Row[],
  types: readonly string[],
  upserts: ReadonlySet<string>,
): void {
  for (const row of rows) {
    const number = (column: string) => Number(row[column])
    const text = (column: string) => String(row[column])
    const type = types[number('place')]!
    const table = tableOf(type)
    const eventType = table === '' ? '' : type
    const isUpsert = upserts.has(table)
    const event = { eventType, eventId: text('event_id'), source: text('source') }
    const millis = number('millis')
    if (row['kind'] === 'account') {
      const replaced = isUpsert ? number('outdone') : 0
      told.accounts.push({
        eventType,
        table,
        messages: number('messages'),
        landed: number('landed'),
        duplicates: number('duplicates'),
        replaced,
        deadLettered: number('dead_lettered'),
        missing: number('missing') - replaced,
        extraRows: number('extra_rows'),
        collisions: isUpsert || table === '' ? 0 : number('collisions'),
      })
    } else if (row['kind'] === 'missing') {
      if (isUpsert && number('outdone') > 0) continue
      told.unmatched.push({
        ...event,
        table,
        millis,
        messages: number('messages'),
        deadLettered: number('dead_lettered'),
        isAmbiguous: number('ambiguous') === 1,
        fingerprint: text('fingerprint'),
        eventKey: text('event_key'),
        sourceKey: text('source_key'),
        messageId: text('message_ids'),
        publishTime: new Date(millis).toISOString(),
      })
    } else if (!isUpsert && table !== '') {
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

const NOTHING = {
  messages: 0,
  landed: 0,
  duplicates: 0,
  replaced: 0,
  deadLettered: 0,
  missing: 0,
  extraRows: 0,
  collisions: 0,
}

/** Everything that was told, with what the second look found put where it belongs. */
export function ledgerOf(
  { accounts, unmatched, collisions }: Told,
  elsewhere: readonly LandedElsewhere<FirstMissing>[],
  { most, bytesRead }: { most: number; bytesRead: number },
): Ledger {
  const byTable = new Map<string, Account>()
  const typeOf = new Map(accounts.map(({ table, eventType }) => [table, eventType]))
  // a type that SQL does not see is called like its table
  const add = (table: string, more: Partial<Account>) => {
    const account = byTable.get(table) ?? { eventType: typeOf.get(table) ?? table, table, ...NOTHING }
    const sums = Object.entries(more).map(([key, value]) => [
      key,
      Number(account[key as keyof Account]) + Number(value),
    ])
    byTable.set(table, { ...account, ...(Object.fromEntries(sums) as Partial<Account>) })
  }
  for (const { eventType: _, table, ...numbers } of accounts) add(table, numbers)
  const landed = new Set<FirstMissing>()
  for (const { table, copies, events } of elsewhere) {
    let messages = 0
    let dead = 0
    for (const event of events) {
      landed.add(event)
      messages += event.messages
      dead += event.deadLettered
      const missing = event.messages - event.deadLettered
      add(event.table, {
        messages: -event.messages,
        deadLettered: -event.deadLettered,
        missing: -missing,
      })
    }
    const deadLettered = Math.min(dead, messages - 1)
    const duplicates = messages - 1 - deadLettered
    add(table, { messages, landed: 1, duplicates, deadLettered, extraRows: copies - 1 })
  }
  const missing = unmatched
    .filter((event) => !landed.has(event))
    .slice(0, most)
    .map(({ eventType, eventId, source, messages, deadLettered, messageId, publishTime }) => ({
      eventType,
      eventId,
      source,
      messages: messages - deadLettered,
      messageId,
      publishTime,
    }))
  return {
    accounts: [...byTable.values()]
      .filter(({ messages }) => messages > 0)
      .toSorted((a, b) => (a.eventType < b.eventType ? -1 : 1)),
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
    bytesRead,
  }
}
