import { Faults } from '../faults/faults.ts'
import { GoogleError } from '../google-error.ts'
import { IamPolicies } from './resources/iam-policies.ts'
import type { Journal } from './messages/journal.ts'
import type { IdRange } from './messages/message-ids.ts'
import type { Bodies } from './messages/published.ts'
import { PushTokens } from './delivery/push-tokens.ts'
import { DELETED_TOPIC, Registry } from './topics/registry.ts'
import { Router } from './topics/router.ts'
import { Saver } from './resources/saver.ts'
import { Schemas } from './schemas/schemas.ts'
import { seekToSnapshot, seekToTime } from './topics/seek.ts'
import { Settlements } from './subscriptions/settlements.ts'
import { Snapshots } from './topics/snapshots.ts'
import type { FileDoor } from './delivery/file-delivery.ts'
import type { TableDoor } from './delivery/table-delivery.ts'

export interface PubSubOptions {
  readonly now?: () => number
  readonly journal?: Journal
  /** Where BigQuery subscriptions write. */
  readonly tables?: TableDoor
  /** Where Cloud Storage subscriptions write. */
  readonly files?: FileDoor
  readonly faults?: Faults
  /** Where the key that signs tokens of push requests is kept. */
  readonly keyFile?: string
}

/** Topics, subscriptions and what is published: the domain under both protocols. */
export class PubSub {
  readonly registry: Registry
  readonly snapshots: Snapshots
  readonly policies: IamPolicies
  readonly schemas: Schemas
  readonly tokens: PushTokens
  readonly settlements: Settlements
  readonly #router: Router
  readonly #journal: Journal | undefined

  constructor({
    now = Date.now,
    journal,
    tables,
    files,
    faults = new Faults(now),
    keyFile,
  }: PubSubOptions = {}) {
    this.#journal = journal
    const saver = new Saver((resources) => journal?.saveResources(resources))
    const release = (key: number, id: string) => journal?.settled(key, id)
    this.tokens = new PushTokens(now, keyFile)
    this.registry = new Registry({
      tokens: this.tokens,
      now,
      faults,
      tables,
      files,
      saver,
      release,
      eventsOf: (key) => ({
        settled: (message) => journal?.settled(key, message.id),
        deadLetter: (from, message, deliveries) => this.#router.deadLetter(from, message, deliveries),
      }),
      checkSchema: (settings) => this.schemas.checkSettings(settings),
      deleting: (name) => {
        const takeBack = [this.policies.forget(name), this.snapshots.topicDeleted(name, DELETED_TOPIC)]
        return () => takeBack.forEach((undo) => undo())
      },
    })
    this.snapshots = new Snapshots({
      registry: this.registry,
      now,
      saver,
      release,
      hold: (key, ids) => journal?.held(key, ids),
      deleting: (name) => this.policies.forget(name),
    })
    this.schemas = new Schemas({
      now,
      saver,
      deleting: (name) => {
        const takeBack = [this.policies.forget(name), this.registry.topics.schemaDeleted(name)]
        return () => takeBack.forEach((undo) => undo())
      },
    })
    this.policies = new IamPolicies((resource) => this.#find(resource), saver)
    this.settlements = new Settlements(faults, () => journal?.flush() ?? true)
    this.#router = new Router(this.registry, this.schemas, now, journal)
    if (journal) this.#restore(journal)
  }

  /** @throws GoogleError as `Router.publish` */
  publish(topic: string, bodies: Bodies): IdRange {
    return this.#router.publish(topic, bodies)
  }

  /** @param target a time in milliseconds since 1970, or the name of a snapshot @throws GoogleError NOT_FOUND */
  seek(subscription: string, target: number | string | undefined): void {
    if (target === undefined) throw new GoogleError('INVALID_ARGUMENT', 'Seek needs a time or a snapshot.')
    const attached = this.registry.notDetached(subscription)
    const topic = this.registry.topics.find(attached.subscription.config.topic)
    if (typeof target === 'number') seekToTime(attached, topic, target, this.#journal)
    else seekToSnapshot(attached, this.snapshots.get(target), this.#journal)
  }

  reset(): void {
    this.snapshots.reset()
    this.registry.reset()
    this.schemas.reset()
  }

  close(): void {
    this.registry.close()
    this.#journal?.close()
  }

  #restore(journal: Journal): void {
    const { resources, messages, greatestId } = journal.restore()
    const byKey = this.registry.restore(resources)
    for (const retained of this.snapshots.restore(resources.snapshots ?? []))
      byKey.set(retained.key, retained)
    this.schemas.restore(resources.schemas ?? [])
    this.policies.restore(resources.policies ?? {})
    this.#router.restore(messages, byKey, greatestId)
  }

  #find(resource: string): void {
    const [, , collection] = resource.split('/')
    if (collection === 'topics') this.registry.topics.get(resource)
    else if (collection === 'snapshots') this.snapshots.get(resource)
    else if (collection === 'schemas') this.schemas.get(resource)
    else this.registry.attached(resource)
  }
}
