import type { StoredMessage } from './message.ts'
import type { BigQueryConfig } from './subscription-config.ts'
import type { Consumer, Lease, Subscription } from './subscription.ts'

/** The tables that BigQuery subscriptions write to. */
export interface TableDoor {
  /** @throws GoogleError where the table is missing or cannot hold what would be written */
  check(config: BigQueryConfig): void
  /** Resolves when the rows are in the table, with the places of messages that can be no row. */
  write(
    config: BigQueryConfig,
    subscription: string,
    messages: readonly StoredMessage[],
  ): Promise<readonly number[]>
}

const MOST_IN_FLIGHT = 5000
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 10_000

/** Writes a subscription's messages to a BigQuery table, and acknowledges them when they are rows. */
export class TableDelivery implements Consumer {
  readonly #subscription: Subscription
  readonly #config: BigQueryConfig
  readonly #door: TableDoor
  #inFlight = 0
  #pauseMs = 0
  #pause: NodeJS.Timeout | undefined

  constructor(subscription: Subscription, config: BigQueryConfig, door: TableDoor) {
    this.#subscription = subscription
    this.#config = config
    this.#door = door
    subscription.attach(this)
  }

  room(): number {
    return this.#pause ? 0 : MOST_IN_FLIGHT - this.#inFlight
  }

  ackDeadlineSeconds(): number {
    return this.#subscription.config.ackDeadlineSeconds
  }

  released(): void {
    this.#inFlight--
  }

  deliver(leases: readonly Lease[]): void {
    this.#inFlight += leases.length
    void this.#write(leases)
  }

  close(): void {
    clearTimeout(this.#pause)
    this.#subscription.detach(this)
  }

  async #write(leases: readonly Lease[]): Promise<void> {
    const ids = leases.map(({ ackId }) => ackId)
    const messages = leases.map(({ message }) => message)
    try {
      const refused = new Set(await this.#door.write(this.#config, this.#subscription.config.name, messages))
      this.#pauseMs = 0
      this.#subscription.acknowledge(ids.filter((_, index) => !refused.has(index)))
      this.#giveBack(ids.filter((_, index) => refused.has(index)))
    } catch {
      // no table, or one that takes no such rows: all of it comes again
      this.#giveBack(ids)
    }
  }

  /** Without a retry policy messages come back at once: the pause keeps a table that is missing from being asked all day. */
  #giveBack(ids: readonly string[]): void {
    if (ids.length === 0) return
    this.#pauseMs = Math.min(Math.max(this.#pauseMs * 2, FIRST_PAUSE_MS), LONGEST_PAUSE_MS)
    clearTimeout(this.#pause)
    this.#pause = setTimeout(() => {
      this.#pause = undefined
      this.#subscription.kick()
    }, this.#pauseMs).unref()
    this.#subscription.modifyAckDeadline(ids, 0)
  }
}
