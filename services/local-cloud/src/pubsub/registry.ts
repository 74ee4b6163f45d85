import type { Faults } from '../faults/faults.ts'
import { GoogleError } from '../google-error.ts'
import { endDelivery, type Attached } from './attached.ts'
import { parseFilter } from './filter.ts'
import { checkName, idOf } from './names.ts'
import { PushDelivery } from './push-delivery.ts'
import type { PushFormat } from './push-format.ts'
import type { Resources, TopicConfig } from './resources.ts'
import { checkLabels, checkSubscription, type SubscriptionConfig } from './subscription-config.ts'
import { Subscription, type SubscriptionEvents } from './subscription.ts'
import { TableDelivery, type TableDoor } from './table-delivery.ts'

export interface Topic {
  config: TopicConfig
  /** Names. */
  readonly subscriptions: Set<string>
}

export interface RegistryOptions {
  readonly now: () => number
  readonly faults: Faults
  /** Where BigQuery subscriptions write. */
  readonly tables: TableDoor | undefined
  /** Keeps the resources over a restart. @throws GoogleError where that fails: then the change is not done */
  readonly save: (resources: Resources) => void
  /** What the subscription with this key tells of its messages. */
  readonly eventsOf: (key: number) => Pick<SubscriptionEvents, 'settled' | 'deadLetter'>
}

const DELETED_TOPIC = '_deleted-topic_'

/** Which topics and subscriptions there are. */
export class Registry {
  readonly #options: RegistryOptions
  readonly #topics = new Map<string, Topic>()
  readonly #subscriptions = new Map<string, Attached>()
  #nextKey = 1

  constructor(options: RegistryOptions) {
    this.#options = options
  }

  createTopic(config: TopicConfig): TopicConfig {
    checkName('topics', config.name)
    if (this.#topics.has(config.name)) throw alreadyThere(config.name)
    checkTopic(config)
    this.#topics.set(config.name, { config, subscriptions: new Set() })
    this.#saveOr(() => this.#topics.delete(config.name))
    return config
  }

  getTopic(name: string): TopicConfig {
    return this.topic(name).config
  }

  updateTopic(config: TopicConfig): TopicConfig {
    const topic = this.topic(config.name)
    const before = topic.config
    topic.config = checkTopic(config)
    this.#saveOr(() => {
      topic.config = before
    })
    return config
  }

  listTopics(project: string): TopicConfig[] {
    return [...this.#topics.values()]
      .map(({ config }) => config)
      .filter(({ name }) => inProject(name, project))
  }

  topicSubscriptions(name: string): string[] {
    return [...this.topic(name).subscriptions]
  }

  /** Subscriptions stay, with their backlog, on a topic that is called `_deleted-topic_`. */
  deleteTopic(name: string): void {
    const topic = this.topic(name)
    const orphans = [...topic.subscriptions].map((subscription) => this.attached(subscription).subscription)
    const call = (theTopic: string) => {
      for (const orphan of orphans) orphan.config = { ...orphan.config, topic: theTopic }
    }
    this.#topics.delete(name)
    call(DELETED_TOPIC)
    this.#saveOr(() => {
      this.#topics.set(name, topic)
      call(name)
    })
  }

  createSubscription(config: SubscriptionConfig, format: PushFormat = 'pubsub'): SubscriptionConfig {
    checkName('subscriptions', config.name)
    checkSubscription(config)
    if (config.bigquery) this.#options.tables?.check(config.bigquery)
    const topic = this.findTopic(config.topic)
    if (!topic) throw notFound(config.topic, 'Subscription topic does not exist')
    if (this.#subscriptions.has(config.name)) throw alreadyThere(config.name)
    this.#checkDeadLetterTopic(config)
    const attached = this.#attach(config, format, this.#nextKey++)
    this.#saveOr(() => this.#detach(attached))
    return config
  }

  getSubscription(name: string): SubscriptionConfig {
    return this.attached(name).subscription.config
  }

  updateSubscription(config: SubscriptionConfig): SubscriptionConfig {
    const attached = this.attached(config.name)
    const before = attached.subscription.config
    if (config.filter !== before.filter)
      throw new GoogleError('INVALID_ARGUMENT', 'A filter cannot be changed.')
    if (config.topic !== before.topic) throw new GoogleError('INVALID_ARGUMENT', 'A topic cannot be changed.')
    if (config.bigquery) this.#options.tables?.check(config.bigquery)
    if (config.deadLetterPolicy?.deadLetterTopic !== before.deadLetterPolicy?.deadLetterTopic)
      this.#checkDeadLetterTopic(config)
    attached.subscription.config = checkSubscription(config)
    this.#saveOr(() => {
      attached.subscription.config = before
    })
    const isMoved = config.push?.endpoint !== before.push?.endpoint
    if (isMoved || JSON.stringify(config.bigquery) !== JSON.stringify(before.bigquery))
      this.#deliver(attached, attached.push?.format ?? 'pubsub')
    if (isPulled(before) && !isPulled(config)) attached.subscription.end(notPulled(config.name))
    return config
  }

  listSubscriptions(project: string): SubscriptionConfig[] {
    return [...this.#subscriptions.values()]
      .map(({ subscription }) => subscription.config)
      .filter(({ name }) => inProject(name, project))
  }

  deleteSubscription(name: string): void {
    const attached = this.attached(name)
    this.#subscriptions.delete(name)
    this.#saveOr(() => this.#subscriptions.set(name, attached))
    const { settled } = this.#options.eventsOf(attached.key)
    for (const { message } of attached.subscription.pending()) settled(message)
    attached.subscription.end(notFound(name, 'Subscription does not exist'))
    this.#detach(attached)
  }

  /** The same, where it is one to pull from. @throws GoogleError NOT_FOUND, FAILED_PRECONDITION */
  pulled(name: string): Subscription {
    const subscription = this.subscription(name)
    if (!isPulled(subscription.config)) throw notPulled(name)
    return subscription
  }

  /** The live subscription behind a name. @throws GoogleError NOT_FOUND */
  subscription(name: string): Subscription {
    return this.attached(name).subscription
  }

  findTopic(name: string): Topic | undefined {
    return this.#topics.get(name)
  }

  /** @throws GoogleError NOT_FOUND */
  topic(name: string): Topic {
    const topic = this.#topics.get(name)
    if (!topic) throw notFound(name)
    return topic
  }

  /** @throws GoogleError NOT_FOUND */
  attached(name: string): Attached {
    const attached = this.#subscriptions.get(name)
    if (!attached) throw notFound(name)
    return attached
  }

  /** Messages not acked yet, by subscription. */
  backlog(): Record<string, number> {
    return Object.fromEntries(
      [...this.#subscriptions].map(([name, { subscription }]) => [name, subscription.undelivered]),
    )
  }

  /** What an earlier process left. @returns the subscriptions by their keys */
  restore({ topics, subscriptions }: Resources): ReadonlyMap<number, Subscription> {
    for (const config of topics) this.#topics.set(config.name, { config, subscriptions: new Set() })
    const byKey = new Map<number, Subscription>()
    for (const { config, format, key } of subscriptions) {
      byKey.set(key, this.#attach(config, format, key).subscription)
      this.#nextKey = Math.max(this.#nextKey, key + 1)
    }
    return byKey
  }

  reset(): void {
    for (const name of this.#subscriptions.keys().toArray()) this.deleteSubscription(name)
    for (const name of this.#topics.keys().toArray()) this.deleteTopic(name)
  }

  close(): void {
    for (const attached of this.#subscriptions.values()) {
      endDelivery(attached)
      attached.subscription.close()
    }
  }

  #attach(config: SubscriptionConfig, format: PushFormat, key: number): Attached {
    const { now, faults, eventsOf } = this.#options
    const subscription = new Subscription(config, key, { now, faults, ...eventsOf(key) })
    const filter = parseFilter(config.filter)
    const attached: Attached = { subscription, filter, key, push: undefined, toTable: undefined }
    this.#subscriptions.set(config.name, attached)
    this.#topics.get(config.topic)?.subscriptions.add(config.name)
    this.#deliver(attached, format)
    return attached
  }

  /** Begins to push, or to write to a table, where the subscription says so. */
  #deliver(attached: Attached, format: PushFormat): void {
    endDelivery(attached)
    const { faults, tables } = this.#options
    const { subscription } = attached
    const { push, bigquery } = subscription.config
    attached.push = push && new PushDelivery(subscription, push, format, faults)
    attached.toTable = bigquery && tables && new TableDelivery(subscription, bigquery, tables)
  }

  #detach(attached: Attached): void {
    const { config } = attached.subscription
    this.#subscriptions.delete(config.name)
    this.#topics.get(config.topic)?.subscriptions.delete(config.name)
    endDelivery(attached)
    attached.subscription.close()
  }

  #checkDeadLetterTopic({ deadLetterPolicy }: SubscriptionConfig): void {
    // pubsub.proto, DeadLetterPolicy: "The operation will fail if the topic does not exist."
    if (deadLetterPolicy) this.topic(deadLetterPolicy.deadLetterTopic)
  }

  /** What cannot be kept is not done. */
  #saveOr(undo: () => void): void {
    try {
      this.#options.save({
        topics: [...this.#topics.values()].map(({ config }) => config),
        subscriptions: [...this.#subscriptions.values()].map(({ subscription, push, key }) => ({
          config: subscription.config,
          format: push?.format ?? 'pubsub',
          key,
        })),
      })
    } catch (error) {
      undo()
      throw error
    }
  }
}

function isPulled({ push, bigquery }: SubscriptionConfig): boolean {
  return !push && !bigquery
}

function notPulled(name: string): GoogleError {
  return new GoogleError(
    'FAILED_PRECONDITION',
    `Pull is not possible: the subscription delivers by push or to a table (resource=${idOf(name)}).`,
  )
}

/** pubsub.proto, Topic: 10 minutes to 31 days. */
function checkTopic(config: TopicConfig): TopicConfig {
  const { labels, messageRetentionDuration: retention } = config
  checkLabels(labels)
  const seconds = Number.parseFloat(retention ?? '600s')
  if (seconds >= 600 && seconds <= 31 * 86_400) return config
  throw new GoogleError(
    'INVALID_ARGUMENT',
    `Invalid message_retention_duration ${retention}: it must be 10 minutes to 31 days.`,
  )
}

function inProject(name: string, project: string): boolean {
  return name.startsWith(`${project}/`)
}

function notFound(name: string, what = 'Resource not found'): GoogleError {
  return new GoogleError('NOT_FOUND', `${what} (resource=${idOf(name)}).`)
}

function alreadyThere(name: string): GoogleError {
  const message = `Resource already exists in the project (resource=${idOf(name)}).`
  return new GoogleError('ALREADY_EXISTS', message)
}
