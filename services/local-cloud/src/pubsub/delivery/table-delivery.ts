import { GiveBack } from './give-back.ts'
import type { StoredMessage } from '../messages/stored-message.ts'
import type { BigQueryConfig } from '../resources/subscription-config.ts'
import type { Consumer, Lease } from '../messages/consumer.ts'
import type { Subscription } from '../subscriptions/subscription.ts'

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

/** Writes a subscription's messages to a BigQuery table, and acknowledges them when they are rows. */
export class TableDelivery implements Consumer {
  readonly #subscription: Subscription
  readonly #config: BigQueryConfig
  readonly #door: TableDoor
  readonly #giveBack: GiveBack
  #inFlight = 0

  constructor(subscription: Subscription, config: BigQueryConfig, door: TableDoor) {
    this.#subscription = subscription
    this.#config = config
    this.#door = door
    this.#giveBack = new GiveBack(subscription)
    subscription.attach(this)
  }

  room(): number {
    return this.#giveBack.isPaused ? 0 : MOST_IN_FLIGHT - this.#inFlight
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
    this.#giveBack.close()
    this.#subscription.detach(this)
  }

  async #write(leases: readonly Lease[]): Promise<void> {
    const ids = leases.map(({ ackId }) => ackId)
    const messages = leases.map(({ message }) => message)
    try {
      const refused = new Set(await this.#door.write(this.#config, this.#subscription.config.name, messages))
      this.#giveBack.succeeded()
      this.#subscription.acknowledge(refused.size === 0 ? ids : ids.filter((_, index) => !refused.has(index)))
      this.#giveBack.giveBack([...refused].map((index) => ids[index]!))
    } catch {
      // no table, or one that takes no such rows: all of it comes again
      this.#giveBack.giveBack(ids)
    }
  }
}
