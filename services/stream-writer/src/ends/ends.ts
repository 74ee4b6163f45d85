import type { Rejection } from '@tablestream/contract'
import type { Logger } from '@tablestream/service-kit'
import type { DuplicateWindow } from '../judge/duplicate-window.ts'
import { mayHaveARow } from '../doubts/may-have-a-row.ts'
import { divide } from '../divide.ts'
import type { Entry } from '../item/entry.ts'
import type { Incarnation } from '../row/write-schema.ts'
import { envelopeOf, type Item } from '../item/item.ts'
import type { Twins } from '../judge/twins.ts'
import type { WriterMetrics } from '../metrics.ts'
import type { LeasedMessage, PullStream } from '../pull/pull-stream.ts'
import { releaseRow } from '../row/row-chunk.ts'
import { collision } from './collision.ts'
import type { DeadLetters } from './dead-letters.ts'
import { GivenBackReport } from './given-back-report.ts'

export interface EndsOptions {
  readonly pull: Pick<PullStream, 'ack' | 'giveBack'>
  readonly known: Pick<DuplicateWindow, 'begin' | 'end'>
  readonly twins: Twins
  readonly deadLetters: Pick<DeadLetters, 'publish'>
  readonly metrics: WriterMetrics
  readonly logger: Logger
  readonly now: () => number
  /**
   * Takes an event that waited for the end of another one with its key, which came to nothing.
   *
   * @param isDoubtful whether it may have a row: its table is to be asked before it is written
   */
  readonly tryNext: (item: Item, isDoubtful: boolean) => void
}

/**
 * The ends of messages: landed, duplicate, dead letter; and what is given back for a later try, which is no end. Where it changes, each
 * says what is known of the event's key from now on, then settles the message, then counts it; and sees to those that came with the same
 * key meanwhile.
 */
export class Ends {
  readonly #options: EndsOptions
  readonly #givenBack: GivenBackReport
  /** Those whose append ended without an answer. */
  readonly #unanswered = new WeakSet<Item>()
  readonly #underWay = new Set<Promise<void>>()
  #stopped = false

  constructor(options: EndsOptions) {
    this.#options = options
    this.#givenBack = new GivenBackReport(options.logger)
  }

  /** Whether no end is still to be settled. */
  get isIdle(): boolean {
    return this.#underWay.size === 0
  }

  /** The writer stops: what is given back now is no trouble of its table. */
  stop(): void {
    this.#stopped = true
    this.#givenBack.stop()
  }

  /** Counts work towards an end as under way until it is done; it never rejects. */
  track(work: Promise<void>): void {
    this.#underWay.add(work)
    void work.finally(() => this.#underWay.delete(work))
  }

  /** An append of these was answered: their rows are in the table. */
  landed(incarnation: Incarnation, items: readonly Item[]): void {
    const { known, pull, metrics, now } = this.#options
    const [first] = items
    if (!first) return
    for (const item of items) known.end(item.entry, item, incarnation)
    pull.ack(items)
    const label = { table: metrics.labelOf(first.table) }
    metrics.landed.inc(label, items.length)
    const oldest = Date.parse(first.message.publishTime)
    metrics.latency.observe(label, Math.max(0, now() - oldest) / 1000)
    for (const item of items) if (item.twins) this.#endTwins(item)
  }

  /** Nobody knows whether these have landed: if their rows are found, it was by us. */
  unanswered(items: readonly Item[]): void {
    for (const item of items) this.#unanswered.add(item)
  }

  /** Doubtful ones whose rows are there: written by an append of ours, or by somebody before us. */
  found(incarnation: Incarnation | undefined, items: readonly Item[]): void {
    const { known, pull, metrics } = this.#options
    for (const item of items) {
      known.end(item.entry, item, incarnation)
      if (this.#unanswered.has(item)) {
        pull.ack([item])
        metrics.landed.inc({ table: metrics.labelOf(item.table) })
      } else this.duplicates(item.table, [item])
      this.#endTwins(item)
    }
  }

  duplicates(table: string, messages: readonly LeasedMessage[]): void {
    if (messages.length === 0) return
    const { pull, metrics } = this.#options
    pull.ack(messages)
    metrics.duplicate.inc({ table: metrics.labelOf(table) }, messages.length)
  }

  /**
   * @param first the event that has the key, where it is still known which one that is
   * @param eventId of both, where somebody has read it
   */
  collides(item: Item, first?: Item, eventId = envelopeOf(item).eventId): void {
    this.deadLetter(item, collision(eventId, first?.message), item.table, item.eventType)
  }

  /** An event that cannot land; the same goes for its twins. Those that differ from it have their try now. */
  rejected(table: string, item: Item, rejection: Rejection): void {
    const { known, twins } = this.#options
    const { entry, eventType } = item
    known.end(entry, item)
    releaseRow(item)
    const [same, others] = twins.take(item)
    for (const leased of [item, ...same]) this.deadLetter(leased, rejection, table, eventType)
    this.#tryNext(entry, others)
  }

  deadLetter(leased: LeasedMessage, rejection: Rejection, table: string, eventType: string): void {
    this.track(this.#publish(leased, rejection, table, eventType))
  }

  /** One that is lost is somebody else's by now, perhaps ours: then its twin is what came of it, and goes on in its place. */
  giveBack(table: string, items: readonly Item[]): void {
    if (items.length === 0) return
    const { known, twins } = this.#options
    const heirs: [Entry, readonly Item[]][] = []
    const messages: Item[] = []
    for (const item of items) {
      known.end(item.entry, item)
      releaseRow(item)
      messages.push(item)
      if (!item.twins) continue
      const ofItem = twins.takeAll(item)
      const isHanded = item.lease.isLost() && !this.#stopped
      const [living, others] = divide(ofItem, ({ lease }) => isHanded && !lease.isLost())
      messages.push(...others)
      if (living.length > 0) heirs.push([item.entry, living])
    }
    this.#return(table, messages)
    this.#givenBack.add(table, messages.length)
    for (const [entry, living] of heirs) this.#tryNext(entry, living, true)
  }

  /** A mistake of ours must cost neither the message nor those beside it: it comes again. */
  mistaken(item: Item, error: unknown): void {
    const { known, twins, logger } = this.#options
    const { messageId } = item.message
    logger.error({ err: error, messageId }, 'a message could not be handled; given back')
    known.end(item.entry, item)
    releaseRow(item)
    this.#return(item.table, [item, ...twins.takeAll(item)])
  }

  /** Gives messages back for a later try, and counts them. */
  #return(table: string, messages: readonly LeasedMessage[]): void {
    const { pull, metrics } = this.#options
    pull.giveBack(messages)
    metrics.givenBack.inc({ table: metrics.labelOf(table) }, messages.length)
  }

  /** The first of these has its try now, and the others share its end. */
  #tryNext(entry: Entry, [next, ...others]: readonly Item[], isDoubtful = false): void {
    if (!next) return
    const { known, twins, tryNext } = this.#options
    known.begin(entry, next)
    const without = others.filter((other) => !twins.add(next, other))
    if (without.length > 0) this.giveBack(next.table, without)
    tryNext(next, isDoubtful || mayHaveARow(next))
  }

  /** What came with the key of an event whose row is there: it repeats that event, or collides with it. */
  #endTwins(item: Item): void {
    const [same, others] = this.#options.twins.take(item)
    this.duplicates(item.table, same)
    const [one] = others
    if (!one) return
    // the key of all is the same, and so is the id: one of them is read, and not a hundred
    const { eventId } = envelopeOf(one)
    for (const twin of others) this.collides(twin, item, eventId)
  }

  async #publish(
    leased: LeasedMessage,
    rejection: Rejection,
    table: string,
    eventType: string,
  ): Promise<void> {
    const { deadLetters, pull, metrics } = this.#options
    if (!(await deadLetters.publish(leased, rejection, table, eventType))) {
      this.#return(table, [leased])
      return
    }
    pull.ack([leased])
    metrics.deadLettered.inc({ table: metrics.labelOf(table), reason: rejection.reason })
  }
}
