import { decodeMessage, destination, type Message } from '@tablestream/contract'
import { takeFingerprint } from '@tablestream/stream-writer'
import { messagesOf } from '@tablestream/ledger'
import { FIRST_MS, SINCE_MS, TYPES, type Sent } from './history.ts'

export interface Published extends Message {
  readonly data: Buffer
  readonly millis: number
}

/** A row of a table of events. */
export interface EventRow {
  readonly event_id: string
  readonly event_date: string
  readonly _source: string
  readonly _fingerprint: string
}

/** A row of `dead_letters`, but for its id. */
export interface Letter {
  readonly of: Published
  readonly isForwarded: boolean
}

/** What stands at the end of a history, and which messages have no end. */
export interface Played {
  readonly published: readonly Published[]
  readonly letters: readonly Letter[]
  readonly rows: ReadonlyMap<string, readonly EventRow[]>
  /** Ids of messages. */
  readonly missing: readonly string[]
}

interface Known {
  readonly message: Published
  readonly table: string
  readonly row: EventRow
}

const NO_REASON = { deadLetterId: '', at: 0, reason: '', path: '', value: '', message: '', parts: 1 }
const LAMPS = destination(TYPES[2]).table
const KEPT = destination(TYPES[1]).table

/** Plays a history as the pipeline would, but for what it loses. */
export function play(history: readonly Sent[], deleted: ReadonlySet<number>): Played {
  const published: Published[] = []
  const letters: Letter[] = []
  const landed: Known[] = []
  let millis = FIRST_MS
  const publish = (data: Buffer, attributes: Readonly<Record<string, string>>): Published => {
    const messageId = String(9000 + published.length)
    const message = { data, attributes, messageId, millis, publishTime: new Date(millis).toISOString() }
    published.push(message)
    return message
  }
  const letter = (of: Published, isForwarded: boolean) => letters.push({ of, isForwarded })
  for (const { text, attributes, afterMs, fate } of history) {
    millis += afterMs
    const message = publish(Buffer.from(text), attributes)
    if (fate === 'is lost') continue
    if (fate === 'forwarded') letter(message, true)
    else if (fate === 'letter') letter(message, false)
    else if (fate === 'replayed') {
      letter(message, false)
      millis += 1000
      const [way] = messagesOf({
        ...NO_REASON,
        messageId: message.messageId,
        data: message.data,
        attributes,
      })
      const again = publish(way!.data, way!.attributes)
      const known = knownOf(again)
      if (known) landed.push(known)
      else letter(again, false)
    } else {
      const known = knownOf(message)
      const others = known ? landed.filter((other) => isSameId(other, known)) : []
      const isRepeat = known !== undefined && others.some((other) => isSameEvent(other, known))
      const collides =
        known !== undefined && others.length > 0 && !isRepeat && known.table !== LAMPS && known.table !== KEPT
      if (!known || (collides && fate !== 'forgotten')) letter(message, false)
      else if (!isRepeat || fate === 'again' || known.table === LAMPS) landed.push(known)
    }
  }
  const rows = new Map<string, EventRow[]>()
  const standing = landed.filter((known) => known.table !== LAMPS || isLast(known, landed))
  for (const [index, { table, row }] of standing.entries())
    if (!deleted.has(index)) rows.set(table, [...(rows.get(table) ?? []), row])
  return { published, letters, rows, missing: missingOf(published, letters, rows) }
}

/** What the message is, if it is an event. */
function knownOf(message: Published): Known | undefined {
  const decoded = decodeMessage(message)
  if (decoded.outcome !== 'event') return undefined
  const fingerprint = { low: 0, high: 0 }
  takeFingerprint(message.data, fingerprint)
  return {
    message,
    table: destination(decoded.eventType).table,
    row: {
      event_id: decoded.eventId,
      event_date: decoded.eventDate,
      _source: decoded.source,
      _fingerprint: String((BigInt(fingerprint.high) << 32n) | BigInt(fingerprint.low >>> 0)),
    },
  }
}

const isSameId = (one: Known, other: Known): boolean =>
  one.table === other.table &&
  one.row.event_id === other.row.event_id &&
  one.row._source === other.row._source
const isSameEvent = (one: Known, other: Known): boolean =>
  isSameId(one, other) && one.row._fingerprint === other.row._fingerprint
const isLater = (one: Published, other: Published): boolean =>
  one.millis === other.millis ? Number(one.messageId) > Number(other.messageId) : one.millis > other.millis
const isLast = (known: Known, landed: readonly Known[]): boolean =>
  !landed.some((other) => isSameId(other, known) && isLater(other.message, known.message))

/** Those that are in no table and no dead letter, and that no later event with their id replaced. */
function missingOf(
  published: readonly Published[],
  letters: readonly Letter[],
  rows: Played['rows'],
): string[] {
  const asked = published.filter(({ millis }) => millis >= SINCE_MS)
  const named = new Set(letters.filter(({ isForwarded }) => !isForwarded).map(({ of }) => of.messageId))
  const forwarded = new Map<string, number>()
  for (const { of } of letters.filter(({ isForwarded }) => isForwarded))
    forwarded.set(alike(of), (forwarded.get(alike(of)) ?? 0) + 1)
  const isDead = (message: Published) => named.has(message.messageId) || forwarded.has(alike(message))
  const knowns = asked.flatMap((message) => knownOf(message) ?? [])
  const rowOf = (known: Known) =>
    (rows.get(known.table) ?? []).find((row) => isSameEvent(known, { ...known, row }))
  const isReplaced = (known: Known): boolean => {
    if (known.table !== LAMPS) return false
    const row = (rows.get(LAMPS) ?? []).find((each) => isSameId(known, { ...known, row: each }))
    if (!row) return false
    const its = knowns.filter((other) => isSameEvent(other, { ...known, row }))
    const alive = its.filter(({ message }) => !isDead(message))
    return (alive.length > 0 ? alive : its).some(({ message }) => isLater(message, known.message))
  }
  const open = asked.filter((message) => {
    const known = knownOf(message)
    return !named.has(message.messageId) && !(known && rowOf(known))
  })
  const wantsLetter = (message: Published) => {
    const known = knownOf(message)
    return known && isReplaced(known) ? 1 : 0
  }
  const missing: string[] = []
  for (const message of open.toSorted((a, b) => wantsLetter(a) - wantsLetter(b))) {
    const left = forwarded.get(alike(message)) ?? 0
    if (left > 0) forwarded.set(alike(message), left - 1)
    else if (wantsLetter(message) === 0) missing.push(message.messageId)
  }
  return missing.toSorted()
}

/** Pub/Sub's own dead letters tell so much of their message. */
function alike({ data, millis, attributes }: Published): string {
  const source = ['tablestream-caller', 'ce-source', 'ce-id'].map((name) => attributes[name] ?? '')
  return JSON.stringify([data.toString('base64'), millis, ...source])
}
