import { Faults } from '../faults/faults.ts'
import type { Journal } from './journal.ts'
import { Registry } from './registry.ts'
import { Router } from './router.ts'
import type { TableDoor } from './table-delivery.ts'

export interface PubSubOptions {
  readonly now?: () => number
  readonly journal?: Journal
  /** Where BigQuery subscriptions write. */
  readonly tables?: TableDoor
  readonly faults?: Faults
}

/** Topics, subscriptions and what is published: the domain under both protocols. */
export class PubSub {
  readonly registry: Registry
  readonly #router: Router
  readonly #journal: Journal | undefined

  constructor({ now = Date.now, journal, tables, faults = new Faults(now) }: PubSubOptions = {}) {
    this.#journal = journal
    this.registry = new Registry({
      now,
      faults,
      tables,
      save: (resources) => journal?.saveResources(resources),
      eventsOf: (key) => ({
        settled: (message) => journal?.settled(key, message.id),
        deadLetter: (from, message, deliveries) => this.#router.deadLetter(from, message, deliveries),
      }),
    })
    this.#router = new Router(this.registry, now, journal)
    if (!journal) return
    const { resources, messages } = journal.restore()
    this.#router.restore(messages, this.registry.restore(resources))
  }

  /** @throws GoogleError as `Router.publish` */
  publish(topic: string, bodies: readonly Buffer[]): string[] {
    return this.#router.publish(topic, bodies)
  }

  close(): void {
    this.registry.close()
    this.#journal?.close()
  }
}
