import { setTimeout as sleep } from 'node:timers/promises'
import { destination, type EventPolicies, type Rejection } from '@tablestream/contract'
import type { Logger } from '@tablestream/service-kit'
import { deadLetterAttributes } from './dead-letter.ts'
import type { Item } from './item.ts'
import { judgeMessage } from './judge-message.ts'
import type { WriterMetrics } from './metrics.ts'
import type { PubSubEdge } from './pubsub-client.ts'
import { PullStream, type Delivery, type OpenPull } from './pull-stream.ts'
import type { WritePath } from './storage-write-client.ts'
import { TableLane, type LaneEvents } from './table-lane.ts'

export interface WriterOptions {
  readonly pubsub: PubSubEdge
  readonly writePath: WritePath
  readonly logger: Logger
  readonly metrics: (held: () => number) => WriterMetrics
  readonly subscription: string
  readonly leaseSeconds: number
  readonly maxMessages: number
  readonly maxBytes: number
  readonly parkSeconds: number
  readonly policies: EventPolicies
  readonly now: () => number
}

/** Longest wait for what is under way when the writer stops. With the rest of the shutdown it stays within 8 s. */
const STOP_MS = 5000
const MOST_LANES = 10_000

/**
 * The flow: pull, judge, into the lane of the table; and back: landed or dead-lettered, then acked, never the other way
 * round. A message that is neither is given back, or its lease ends.
 */
export class EventWriter {
  readonly metrics: WriterMetrics
  readonly #options: WriterOptions
  readonly #pull: PullStream
  readonly #lanes = new Map<string, TableLane>()
  readonly #deadLetters = new Set<Promise<void>>()
  readonly #events: LaneEvents
  #stopping = false

  constructor(options: WriterOptions) {
    this.#options = options
    const { pubsub, logger, leaseSeconds, maxMessages, maxBytes } = options
    const open: OpenPull = () => pubsub.openPull()
    const receive = (deliveries: readonly Delivery[]) => this.#receive(deliveries)
    this.#pull = new PullStream({ open, receive, logger, leaseSeconds, maxMessages, maxBytes })
    this.metrics = options.metrics(() => this.#pull.held)
    this.#events = {
      landed: (table, items) => this.#landed(table, items),
      deadLetter: (table, item, rejection) =>
        this.#deadLetter(item, rejection, table, item.envelope.eventType),
      giveBack: (table, items) => this.#giveBack(table, items),
      parked: (table, count) => this.metrics.parked.set({ table }, count),
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

  /** Stops pulling, finishes what is under way, gives back the rest. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#pull.stopPulling()
    for (const lane of this.#lanes.values()) lane.close()
    const deadline = Date.now() + STOP_MS
    while (Date.now() < deadline && !this.#isIdle()) await sleep(20)
    this.#pull.close()
  }

  #isIdle(): boolean {
    return this.#deadLetters.size === 0 && [...this.#lanes.values()].every(({ isIdle }) => isIdle)
  }

  #receive(deliveries: readonly Delivery[]): void {
    this.metrics.received.inc(deliveries.length)
    for (const delivery of deliveries) {
      try {
        this.#route(delivery)
      } catch (error) {
        // a mistake of ours must cost neither the message nor those beside it: its lease ends, and it comes again
        const { messageId } = delivery.message
        this.#options.logger.error({ err: error, messageId }, 'a message could not be handled; given back')
        this.#pull.giveBack([delivery.ackId])
      }
    }
  }

  #route(delivery: Delivery): void {
    const verdict = judgeMessage(delivery.message)
    if (verdict.verdict === 'dead_letter') {
      this.#deadLetter(delivery, verdict.rejection, '', verdict.eventType)
      return
    }
    const deadline = this.#options.now() + this.#options.parkSeconds * 1000
    this.#laneOf(verdict.envelope.eventType).add({
      ...delivery,
      envelope: verdict.envelope,
      deadline,
      alone: false,
    })
  }

  #laneOf(eventType: string): TableLane {
    const { table } = destination(eventType)
    let lane = this.#lanes.get(table)
    if (!lane) {
      const { writePath, logger, now, policies } = this.#options
      const policy = policies.of(eventType)
      lane = new TableLane({ table, policy, writePath, events: this.#events, logger, now })
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

  #landed(table: string, items: readonly Item[]): void {
    this.#pull.ack(items.map(({ ackId }) => ackId))
    this.metrics.landed.inc({ table }, items.length)
    const oldest = Date.parse(items[0]!.message.publishTime)
    this.metrics.latency.observe({ table }, Math.max(0, this.#options.now() - oldest) / 1000)
  }

  #giveBack(table: string, items: readonly Item[]): void {
    this.#pull.giveBack(items.map(({ ackId }) => ackId))
    this.metrics.givenBack.inc({ table }, items.length)
    if (this.#stopping) return
    const { parkSeconds, logger } = this.#options
    logger.warn(
      { table, events: items.length, parkSeconds },
      'events waited too long for their table; given back',
    )
  }

  #deadLetter(delivery: Delivery, rejection: Rejection, table: string, eventType: string): void {
    const work = this.#publishDeadLetter(delivery, rejection, table, eventType)
    this.#deadLetters.add(work)
    void work.finally(() => this.#deadLetters.delete(work))
  }

  async #publishDeadLetter(
    { ackId, message, deliveryAttempt }: Delivery,
    rejection: Rejection,
    table: string,
    eventType: string,
  ): Promise<void> {
    const { pubsub, logger, subscription } = this.#options
    const { reason, path, value } = rejection
    const about = { messageId: message.messageId, eventType, reason, path, value, why: rejection.message }
    try {
      const source = { message, rejection, eventType, table, deliveryAttempt, subscription }
      await pubsub.publishDeadLetter(message.data, deadLetterAttributes(source))
    } catch (error) {
      logger.error(
        { err: error, ...about },
        'a dead letter could not be published; the message is given back',
      )
      this.#pull.giveBack([ackId])
      return
    }
    this.#pull.ack([ackId])
    this.metrics.deadLettered.inc({ table, reason })
    logger.warn(about, 'dead letter')
  }
}
