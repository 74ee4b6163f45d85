import { setTimeout as sleep } from 'node:timers/promises'
import { destination, judge, typeField, type Envelope, type EventPolicies } from '@tablestream/contract'
import { type Logger, type Publisher, steadyNow } from '@tablestream/service-kit'
import type { WritePath } from './append/storage-write-client.ts'
import { Doubts } from './doubts/doubts.ts'
import { roomOf } from './doubts/room.ts'
import { mayHaveARow } from './doubts/may-have-a-row.ts'
import type { RowLookup } from './doubts/row-lookup.ts'
import { DeadLetters } from './ends/dead-letters.ts'
import { Ends } from './ends/ends.ts'
import type { TablesGet } from './presence/tables-get.ts'
import { DuplicateWindow } from './judge/duplicate-window.ts'
import { takeFingerprint } from './row/fingerprint.ts'
import { envelopeOf, newItem, type Item } from './item/item.ts'
import { createPeek, type PeekEventType } from './judge/peek-event-type.ts'
import { Repeats } from './ends/repeats.ts'
import { Twins } from './judge/twins.ts'
import { Lanes } from './lane/lanes.ts'
import { ParkingLot } from './item/parking.ts'
import { LongWork, type Work } from './long-work.ts'
import { isLarge, MOST_BYTES } from './one-turn.ts'
import type { WriterMetrics, WriterState } from './metrics.ts'
import type { SubscriptionEdge } from './pull/pubsub-client.ts'
import { PullStream, type PulledBatch } from './pull/pull-stream.ts'
import { Admissions } from './requests/admissions.ts'
import { createAsk } from './asking/ask.ts'
import { Hopes } from './requests/hopes.ts'
import { ReadInTurns } from './read-in-turns.ts'
import { releaseRow } from './row/row-chunk.ts'

export interface WriterOptions {
  readonly pubsub: Omit<SubscriptionEdge, 'close'>
  readonly deadLetters: Publisher
  /** Where table-manager is asked for what tables lack; undefined where it sees every event itself. */
  readonly requests: Pick<Publisher, 'publish'> | undefined
  readonly writePath: WritePath
  readonly tablesGet: TablesGet
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
  /** Milliseconds since 1970, of which rows and metrics tell. */
  readonly now: () => number
}

/** Longest wait for what is under way when the writer stops. */
const STOP_MS = 5000
/** Longest wait, after that, for Pub/Sub to hear of it. With the rest of the shutdown it stays within 8 s. */
const TELL_LAST_MS = 2000
/** How long after an event came back its row can be seen, if somebody else is about to write it. */
const LANDED_MS = 1000
/** How long after the connection of an append ended its rows can be seen, if it lands late. */
const LATE_MS = 3000
/** What waits for a table or a column may take this part of what may be held: the events of other tables need the rest. */
const PARKED_PART = 0.5
/**
 * What waits for its table to be asked takes this part beside it, for seconds: after an outage that is all that was given back, and what
 * finds no room is given back once more, for ten minutes.
 */
const ASKED_PART = 0.4

/**
 * The flow of a message:
 *
 * 1. it is pulled, and leased to us from then on (pull/);
 * 2. nearly every one is plain: its bytes are judged and made a row in one go (`#writeBytes`, row/). Any other, and each that may have a
 *    row from before, is judged by its contract (`#judge`; contract/src/judge/judge.ts);
 * 3. its key is claimed. If it is known, the event is a duplicate, a collision, or shares the end of the one on its way (ends/repeats.ts);
 * 4. if it may have a row from before, its table is asked (doubts/);
 * 5. the lane of its table appends the row, which it makes where that was not done in step 2; or has it wait for a column, which it asks
 *    table-manager for (lane/, row/, append/, requests/);
 * 6. it landed, is a duplicate or a dead letter, and only then is acked; or it is given back, or its lease ends (ends/).
 *
 * The way back, by who tells it:
 *
 * - lanes: what landed, is a dead letter or is given back goes to the ends; an append without an answer to the doubts;
 * - doubts: rows that are there go to the ends, absent ones are written, and what could not be asked in time is given back;
 * - repeats: an event of a known key whose row is gone is written, and one whose row may be there goes to the doubts;
 * - ends: where an event came to nothing, the next one of its key is written, or goes to the doubts.
 */
export class EventWriter {
  readonly metrics: WriterMetrics
  readonly #options: WriterOptions
  readonly #peek: PeekEventType
  readonly #pull: PullStream
  readonly #repeats: Repeats
  readonly #doubts: Doubts
  readonly #lanes: Lanes
  readonly #ends: Ends
  /** Large messages, which wait for a turn to be read. */
  readonly #large: ReadInTurns
  /** How many of them have been judged, and wait for another turn. */
  #judged = 0
  /** When the deliveries at hand came, in milliseconds since 1970. */
  #now = 0

  constructor(options: WriterOptions) {
    this.#options = options
    this.#peek = createPeek(typeField())
    const { pubsub, logger, leaseSeconds, maxMessages, maxBytes, subscription, policies, now } = options
    const failed = (error: unknown) => logger.error({ err: error }, 'a mistake in what was left for later')
    const { later } = new LongWork(failed)
    this.#large = new ReadInTurns((item) => {
      this.#now = now()
      return this.#receive(item)
    }, later)
    const known = new DuplicateWindow(options.duplicateWindow)
    const parking = new ParkingLot({ messages: maxMessages * PARKED_PART, bytes: maxBytes * PARKED_PART })
    const asking = new ParkingLot({ messages: maxMessages * ASKED_PART, bytes: maxBytes * ASKED_PART })
    const twins = new Twins(parking)
    const receive = (batch: PulledBatch) => this.#pulled(batch)
    const limits = { leaseSeconds, maxMessages, maxBytes }
    this.#pull = new PullStream({ subscription: pubsub, receive, logger, ...limits })
    this.metrics = options.metrics({ held: () => this.#pull.held, parked: () => this.#lanes.parked() })
    const deadLetters = new DeadLetters({ publisher: options.deadLetters, logger, subscription })
    const write = (item: Item) => this.#write(item)
    const doubt = (item: Item) => this.#doubts.add(item.table, [item], LANDED_MS)
    this.#ends = new Ends({
      pull: this.#pull,
      known,
      twins,
      deadLetters,
      metrics: this.metrics,
      logger,
      now,
      tryNext: (item, isDoubtful) => (isDoubtful ? doubt(item) : write(item)),
    })
    const requests = options.requests && {
      publisher: options.requests,
      logger,
      asked: this.metrics.requested,
    }
    this.#lanes = new Lanes({
      policies,
      ask: requests && createAsk(requests),
      hopes: new Hopes(),
      admissions: new Admissions(),
      writePath: options.writePath,
      tablesGet: options.tablesGet,
      parking,
      logger,
      now: steadyNow,
      later,
      events: {
        landed: (incarnation, items) => this.#ends.landed(incarnation, items),
        deadLetter: (table, item, rejection) => this.#ends.rejected(table, item, rejection),
        unanswered: (table, items) => this.#unanswered(table, items),
        giveBack: (table, items) => this.#ends.giveBack(table, items),
      },
    })
    this.#repeats = new Repeats({ known, twins, policies, ends: this.#ends, write, doubt })
    this.#doubts = new Doubts({
      lookup: options.lookup,
      logger,
      room: roomOf([asking, parking], ({ table }) => this.#lanes.get(table)?.incarnation !== undefined),
      isThere: (table) => this.#lanes.get(table)?.isThere() ?? Promise.resolve('unknown'),
      events: {
        found: (table, items) => this.#ends.found(this.#lanes.get(table)?.incarnation, items),
        absent: (_, items) => items.forEach((item) => this.#write(item)),
        late: (_, items) => this.#giveBack(items),
      },
    })
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
    this.#ends.stop()
    this.#pull.stopPulling()
    this.#lanes.finish()
    this.#giveBack(this.#doubts.takeWaiting())
    const deadline = steadyNow() + STOP_MS
    while (steadyNow() < deadline && !(this.#pull.hasEnded && this.#isIdle)) await sleep(20)
    this.#lanes.close()
    this.#giveBack([...this.#doubts.takeWaiting(), ...this.#large.takeAll()])
    await this.#pull.close(TELL_LAST_MS)
  }

  get #isIdle(): boolean {
    return (
      this.#large.size + this.#judged === 0 && this.#ends.isIdle && this.#doubts.isIdle && this.#lanes.isIdle
    )
  }

  #pulled({ messages, deliveryAttempts, lease }: PulledBatch): void {
    this.metrics.received.inc(messages.length)
    this.#now = this.#options.now()
    const deadline = steadyNow() + this.#options.parkSeconds * 1000
    // a megabyte may be made to take long; what is small is read at once
    const mayTakeLong = lease.bytes > MOST_BYTES
    const large: Item[] = []
    messages.forEach((message, place) => {
      const item = newItem(message, deliveryAttempts[place]!, lease, place, deadline)
      if (mayTakeLong && isLarge(message)) large.push(item)
      else this.#receive(item)?.()
    })
    if (large.length > 0) this.#large.add(large)
  }

  /** @returns what is left to be done for a large one */
  #receive(item: Item): Work | undefined {
    try {
      const isDoubtful = mayHaveARow(item)
      return isDoubtful || !this.#writeBytes(item) ? this.#judge(item, isDoubtful) : undefined
    } catch (error) {
      this.#ends.mistaken(item, error)
      return undefined
    }
  }

  /** The way of nearly every event: what is plain in its bytes becomes a row at once. False where that takes a closer look. */
  #writeBytes(item: Item): boolean {
    const data = item.message.data as Buffer
    const eventType = this.#peek(data)
    const lane = eventType && this.#lanes.get(destination(eventType).table)
    if (!lane) return false
    const key = lane.encodeBytes(item, data, eventType, this.#now)
    if (key === undefined) return false
    if (this.#repeats.claim(lane, item, eventType, key)) lane.addRow(item)
    else releaseRow(item)
    return true
  }

  #judge(item: Item, isDoubtful: boolean): Work | undefined {
    const verdict = judge(item.message)
    if (verdict.outcome === 'rejected') {
      this.#ends.deadLetter(item, verdict, '', verdict.eventType)
      return undefined
    }
    const lane = this.#lanes.of(verdict.eventType)
    takeFingerprint(item.message.data, item)
    if (!this.#repeats.claim(lane, item, verdict.eventType, verdict)) return undefined
    // a row that takes its own place changes nothing: nobody needs to know whether it is there
    const replaces = this.#options.policies.of(verdict.eventType).duplicates === 'upsert'
    if (isDoubtful && !replaces) this.#doubts.add(lane.table, [item], LANDED_MS)
    else if (isLarge(item.message)) return this.#addLater(item, verdict)
    else lane.add(item, verdict)
    return undefined
  }

  /** To make a row of an event takes as long as to judge it: a large one has another turn for that. */
  #addLater(item: Item, envelope: Envelope): Work {
    this.#judged++
    return () => {
      this.#judged--
      try {
        this.#lanes.of(envelope.eventType).add(item, envelope)
      } catch (error) {
        this.#ends.mistaken(item, error)
      }
      return undefined
    }
  }

  /** An event that was judged before, and is to be written now. */
  #write(item: Item): void {
    try {
      const envelope = envelopeOf(item)
      this.#lanes.of(envelope.eventType).add(item, envelope)
    } catch (error) {
      this.#ends.mistaken(item, error)
    }
  }

  #unanswered(table: string, items: readonly Item[]): void {
    this.#ends.unanswered(items)
    this.#doubts.add(table, items, LATE_MS)
  }

  #giveBack(items: readonly Item[]): void {
    for (const item of items) this.#ends.giveBack(item.table, [item])
  }
}
