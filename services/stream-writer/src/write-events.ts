import { setTimeout as sleep } from 'node:timers/promises'
import { destination, type EventPolicies, type Rejection } from '@tablestream/contract'
import type { Logger, Publisher } from '@tablestream/service-kit'
import { DeadLetters } from './ends/dead-letters.ts'
import { Doubts } from './doubts/doubts.ts'
import { isWrittenAgain, mayHaveARow } from './doubts/may-have-a-row.ts'
import type { RowLookup } from './doubts/row-lookup.ts'
import { collision } from './ends/collision.ts'
import { DuplicateWindow, type Incarnation } from './judge/duplicate-window.ts'
import type { EventKey } from './row/compile-byte-path.ts'
import { releaseRow } from './row/row-chunk.ts'
import { takeFingerprint } from './judge/fingerprint.ts'
import { envelopeOf, newItem, type Item } from './judge/item.ts'
import { judgeMessage } from './judge/judge-message.ts'
import type { WriterMetrics, WriterState } from './metrics.ts'
import { peekEventType } from './judge/peek-event-type.ts'
import { ParkingLot } from './lane/parking.ts'
import type { SubscriptionEdge } from './pull/pubsub-client.ts'
import { PullStream, type Delivery, type PulledBatch } from './pull/pull-stream.ts'
import type { WritePath } from './append/storage-write-client.ts'
import { TableLane, type LaneEvents } from './lane/table-lane.ts'

export interface WriterOptions {
  readonly pubsub: Omit<SubscriptionEdge, 'close'>
  readonly deadLetters: Publisher
  readonly writePath: WritePath
  readonly lookup: RowLookup
  readonly logger: Logger
  readonly metrics: (state: WriterState) => WriterMetrics
  readonly subscription: string
  readonly leaseSeconds: number
  readonly maxMessages: number
  readonly maxBytes: number
  readonly parkSeconds: number
  /** How many event ids are remembered at least. */
  readonly duplicateWindow: number
  readonly policies: EventPolicies
  readonly now: () => number
}

/** Longest wait for what is under way when the writer stops, */
const STOP_MS = 5000
/** and then for Pub/Sub to hear of it. With the rest of the shutdown it stays within 8 s. */
const TELL_LAST_MS = 2000
/** How long after it came back the row of an event can be seen, if somebody else is about to write it; */
const LANDED_MS = 1000
/** and after its connection ended, if the append lands late. */
const LATE_MS = 3000
const MOST_LANES = 10_000
/** What waits may take this part of what may be held: the events of other tables need the rest. */
const PARKED_PART = 0.5
const TELL_MS = 5000

/**
 * The flow: pull, judge, into the lane of the table; and back: landed or dead-lettered, then acked, never the other way
 * round. A message that is neither is given back, or its lease ends.
 */
export class EventWriter {
  readonly metrics: WriterMetrics
  readonly #options: WriterOptions
  readonly #pull: PullStream
  readonly #lanes = new Map<string, TableLane>()
  readonly #known: DuplicateWindow
  readonly #parking: ParkingLot
  readonly #deadLetters: DeadLetters
  readonly #doubts: Doubts
  /** Those among them whose append ended without an answer. */
  readonly #unanswered = new WeakSet<Item>()
  /** Dead letters and duplicates that are not settled yet. */
  readonly #underWay = new Set<Promise<void>>()
  readonly #untold = new Map<string, number>()
  readonly #events: LaneEvents
  #stopping = false
  /** When the deliveries at hand came, in milliseconds since 1970. */
  #now = 0

  constructor(options: WriterOptions) {
    this.#options = options
    const { pubsub, logger, leaseSeconds, maxMessages, maxBytes, subscription } = options
    this.#known = new DuplicateWindow(options.duplicateWindow)
    this.#parking = new ParkingLot({ messages: maxMessages * PARKED_PART, bytes: maxBytes * PARKED_PART })
    this.#deadLetters = new DeadLetters({ publisher: options.deadLetters, logger, subscription })
    this.#doubts = new Doubts({
      lookup: options.lookup,
      logger,
      events: {
        found: (table, items) => this.#found(table, items),
        absent: (_, items) => this.#absent(items),
      },
    })
    const receive = (batch: PulledBatch) => this.#receive(batch)
    const limits = { leaseSeconds, maxMessages, maxBytes }
    this.#pull = new PullStream({ subscription: pubsub, receive, logger, ...limits })
    this.metrics = options.metrics({ held: () => this.#pull.held, parked: () => this.#parked() })
    this.#events = {
      landed: (incarnation, items) => this.#landed(incarnation, items),
      deadLetter: (table, item, rejection) => this.#rejected(item, rejection, table),
      unanswered: (table, items) => this.#unansweredBy(table, items),
      giveBack: (table, items) => this.#giveBack(table, items),
    }
  }

  start(): void {
    this.#pull.start()
  }

  /** Rejects while there is no stream of messages. */
  async check(): Promise<void> {
    if (!this.#pull.isOpen) throw new Error('there is no stream of messages')
    await this.#options.pubsub.check()
  }

  /**
   * Stops pulling, brings what has a row into its table, gives back the rest. What is still under way at the end, nobody knows
   * to have landed or not: its lease ends.
   */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#pull.stopPulling()
    for (const lane of this.#lanes.values()) lane.finish()
    this.#giveBackAll(this.#doubts.takeWaiting())
    const deadline = Date.now() + STOP_MS
    while (Date.now() < deadline && !(this.#pull.hasEnded && this.#isIdle())) await sleep(20)
    for (const lane of this.#lanes.values()) lane.close()
    this.#giveBackAll(this.#doubts.takeWaiting())
    await this.#pull.close(TELL_LAST_MS)
  }

  *#parked(): Generator<[string, number]> {
    for (const { table, parked } of this.#lanes.values()) if (parked > 0) yield [table, parked]
  }

  #isIdle(): boolean {
    return (
      this.#underWay.size === 0 &&
      this.#doubts.isIdle &&
      [...this.#lanes.values()].every(({ isIdle }) => isIdle)
    )
  }

  #receive({ messages, deliveryAttempts, lease }: PulledBatch): void {
    this.metrics.received.inc(messages.length)
    this.#now = this.#options.now()
    const deadline = this.#now + this.#options.parkSeconds * 1000
    messages.forEach((message, place) => {
      const item = newItem(message, deliveryAttempts[place]!, lease, place, deadline)
      try {
        const isDoubtful = mayHaveARow(item)
        if (isDoubtful || !this.#routeBytes(item)) this.#route(item, isDoubtful)
      } catch (error) {
        this.#mistaken(item, error)
      }
    })
  }

  /** A mistake of ours must cost neither the message nor those beside it: it comes again. */
  #mistaken(item: Item, error: unknown): void {
    const { messageId } = item.message
    this.#options.logger.error({ err: error, messageId }, 'a message could not be handled; given back')
    this.#known.end(item.entry, item)
    releaseRow(item)
    this.#pull.giveBack([item, ...(item.twins ?? [])])
  }

  #route(item: Item, isDoubtful: boolean): void {
    const verdict = judgeMessage(item.message)
    if (verdict.verdict === 'dead_letter') {
      this.#deadLetter(item, verdict.rejection, '', verdict.eventType)
      return
    }
    const { envelope } = verdict
    const lane = this.#laneOf(envelope.eventType)
    takeFingerprint(item.message.data, item)
    if (!this.#isNew(lane, item, envelope.eventType, envelope)) return
    if (isDoubtful) this.#doubts.add(lane.table, [item], LANDED_MS)
    else lane.add(item, envelope)
  }

  /** The way of nearly every event: what is plain in its bytes becomes a row at once. */
  #routeBytes(item: Item): boolean {
    const data = item.message.data as Buffer
    const eventType = peekEventType(data)
    const lane = eventType && this.#lanes.get(destination(eventType).table)
    if (!lane) return false
    const key = lane.encodeBytes(item, data, eventType, this.#now)
    if (key === undefined) return false
    if (this.#isNew(lane, item, eventType, key)) lane.addRow(item)
    else releaseRow(item)
    return true
  }

  /** False for an event whose key is known already: then it is seen to. */
  #isNew(lane: TableLane, item: Item, eventType: string, { source, eventId }: EventKey): boolean {
    item.eventType = eventType
    item.table = lane.table
    const entry = this.#known.entryOf(eventType, source, eventId)
    item.entry = entry
    const known = this.#known.get(entry)
    const isOnItsWay = typeof known === 'object'
    if (isOnItsWay && (this.#known.hasBytes(entry, item) || !this.#takesCollisions(eventType))) {
      // they share its end; where they differ from it, its end decides about theirs
      known.twins ??= []
      known.twins.push(item)
      return false
    }
    if (!isOnItsWay && known === lane.incarnation && known !== undefined && !isWrittenAgain(item.message)) {
      this.#track(this.#judgeRepeat(lane, item).catch((error) => this.#mistaken(item, error)))
      return false
    }
    this.#known.begin(entry, item)
    return true
  }

  /** Whether another event with the same key is written too. */
  #takesCollisions(eventType: string): boolean {
    const { duplicates, collisions } = this.#options.policies.of(eventType)
    return duplicates === 'upsert' || collisions === 'keep'
  }

  /** An event of this key landed before: this one is a duplicate, or collides with it, if that row is still there. */
  async #judgeRepeat(lane: TableLane, item: Item): Promise<void> {
    const isSame = this.#known.hasBytes(item.entry, item)
    const isThere = await lane.isStillThere()
    const known = this.#known.get(item.entry)
    if (typeof known === 'object') {
      // meanwhile the key became that of an event that is on its way
      known.twins ??= []
      known.twins.push(item)
      return
    }
    if (isThere && isSame) this.#duplicates(item.table, [item])
    else if (isThere && !this.#takesCollisions(item.eventType)) this.#collides(item)
    else {
      this.#known.begin(item.entry, item)
      lane.add(item, envelopeOf(item))
    }
  }

  /** @param first the event that has the key, where it is still known which one that is */
  #collides(item: Item, first?: Item): void {
    const rejection = collision(envelopeOf(item).eventId, first?.message)
    this.#deadLetter(item, rejection, item.table, item.eventType)
  }

  #laneOf(eventType: string): TableLane {
    const { table } = destination(eventType)
    let lane = this.#lanes.get(table)
    if (!lane) {
      const { writePath, logger, now, policies } = this.#options
      const policy = policies.of(eventType)
      const events = this.#events
      lane = new TableLane({ table, policy, writePath, events, parking: this.#parking, logger, now })
      if (this.#lanes.size >= MOST_LANES) this.#dropIdleLane()
      this.#lanes.set(table, lane)
    }
    return lane
  }

  #dropIdleLane(): void {
    for (const [table, lane] of this.#lanes) {
      if (!lane.isIdle) continue
      lane.close()
      this.#lanes.delete(table)
      return
    }
  }

  #landed(incarnation: Incarnation, items: readonly Item[]): void {
    const [first] = items
    if (!first) return
    const { table } = first
    for (const item of items) this.#known.end(item.entry, item, incarnation)
    this.#pull.ack(items)
    const label = { table: this.metrics.labelOf(table) }
    this.metrics.landed.inc(label, items.length)
    const oldest = Date.parse(first.message.publishTime)
    this.metrics.latency.observe(label, Math.max(0, this.#options.now() - oldest) / 1000)
    for (const item of items) if (item.twins) this.#endTwins(item)
  }

  /** Nobody knows whether these have landed. */
  #unansweredBy(table: string, items: readonly Item[]): void {
    for (const item of items) this.#unanswered.add(item)
    this.#doubts.add(table, items, LATE_MS)
  }

  /** Doubtful ones whose rows are there: written by an append of ours, or by somebody before us. */
  #found(table: string, items: readonly Item[]): void {
    const incarnation = this.#lanes.get(table)?.incarnation
    for (const item of items) {
      this.#known.end(item.entry, item, incarnation)
      if (this.#unanswered.has(item)) {
        this.#pull.ack([item])
        this.metrics.landed.inc({ table: this.metrics.labelOf(table) })
      } else this.#duplicates(table, [item])
      this.#endTwins(item)
    }
  }

  #absent(items: readonly Item[]): void {
    for (const item of items) {
      try {
        const envelope = envelopeOf(item)
        this.#laneOf(envelope.eventType).add(item, envelope)
      } catch (error) {
        this.#mistaken(item, error)
      }
    }
  }

  /** What came with the key of an event whose row is there: it repeats that event, or collides with it. */
  #endTwins(item: Item): void {
    const [same, others] = twinsOf(item)
    this.#duplicates(item.table, same)
    for (const twin of others) this.#collides(twin, item)
  }

  #duplicates(table: string, deliveries: readonly Delivery[]): void {
    if (deliveries.length === 0) return
    this.#pull.ack(deliveries)
    this.metrics.duplicate.inc({ table: this.metrics.labelOf(table) }, deliveries.length)
  }

  #giveBackAll(items: readonly Item[]): void {
    for (const item of items) this.#giveBack(item.table, [item])
  }

  #giveBack(table: string, items: readonly Item[]): void {
    for (const item of items) {
      this.#known.end(item.entry, item)
      releaseRow(item)
    }
    const deliveries = items.flatMap((item) => [item, ...(item.twins ?? [])])
    this.#pull.giveBack(deliveries)
    this.metrics.givenBack.inc({ table: this.metrics.labelOf(table) }, deliveries.length)
    if (this.#stopping) return
    if (this.#untold.size === 0) setTimeout(() => this.#tellGivenBack(), TELL_MS).unref()
    this.#untold.set(table, (this.#untold.get(table) ?? 0) + deliveries.length)
  }

  /** A word for many: events that find no room to wait are given back one by one. */
  #tellGivenBack(): void {
    for (const [table, events] of this.#untold) {
      this.#options.logger.warn(
        { table, events },
        'events that wait for their table were given back for a later try',
      )
    }
    this.#untold.clear()
  }

  /** An event that cannot land; the same goes for its twins. Those that differ from it have their try now. */
  #rejected(item: Item, rejection: Rejection, table: string): void {
    const { entry, eventType } = item
    this.#known.end(entry, item)
    releaseRow(item)
    const [same, [next, ...others]] = twinsOf(item)
    for (const delivery of [item, ...same]) this.#deadLetter(delivery, rejection, table, eventType)
    if (!next) return
    next.twins = others
    this.#known.begin(entry, next)
    this.#absent([next])
  }

  #deadLetter(delivery: Delivery, rejection: Rejection, table: string, eventType: string): void {
    this.#track(this.#publishDeadLetter(delivery, rejection, table, eventType))
  }

  #track(work: Promise<void>): void {
    this.#underWay.add(work)
    void work.finally(() => this.#underWay.delete(work))
  }

  async #publishDeadLetter(
    delivery: Delivery,
    rejection: Rejection,
    table: string,
    eventType: string,
  ): Promise<void> {
    if (!(await this.#deadLetters.publish(delivery, rejection, table, eventType))) {
      this.#pull.giveBack([delivery])
      return
    }
    this.#pull.ack([delivery])
    this.metrics.deadLettered.inc({ table: this.metrics.labelOf(table), reason: rejection.reason })
  }
}

const NONE: readonly never[] = []

/** The events that came with the key of this one while it was on its way: those with the same bytes, and the others. */
function twinsOf({ twins, low, high }: Item): readonly [same: readonly Item[], others: readonly Item[]] {
  if (!twins) return [NONE, NONE]
  const isSame = (twin: Item) => twin.low === low && twin.high === high
  return [twins.filter(isSame), twins.filter((twin) => !isSame(twin))]
}
