import { Faults } from '../faults/faults.ts'
import { GoogleError } from '../google-error.ts'
import { parseFilter, type Filter } from './filter.ts'
import type { Journal } from './journal.ts'
import { checkBody, composeBody, partsOf, type StoredMessage } from './message.ts'
import { checkName, idOf, projectOf } from './names.ts'
import { PushDelivery, type PushFormat } from './push-delivery.ts'
import { checkLabels, checkSubscription, type SubscriptionConfig } from './subscription-config.ts'
import { Subscription } from './subscription.ts'
import { TableDelivery, type TableDoor } from './table-delivery.ts'

export interface TopicConfig {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  /** Kept and answered; a subscription's own retention is what is applied. */
  readonly messageRetentionDuration?: string
}

interface Topic {
  config: TopicConfig
  readonly subscriptions: Set<string>
}

interface Attached {
  readonly subscription: Subscription
  readonly filter: Filter
  /** Stable over restarts: what the journal calls the subscription. */
  readonly key: number
  push: PushDelivery | undefined
  toTable: TableDelivery | undefined
}

export interface PubSubOptions {
  readonly now?: () => number
  readonly journal?: Journal
  /** Where BigQuery subscriptions write. */
  readonly tables?: TableDoor
  readonly faults?: Faults
}

const MOST_MESSAGES = 1000
const MOST_BYTES = 10_000_000
const DELETED_TOPIC = '_deleted-topic_'

/** Topics, subscriptions and what is published: the domain under both protocols. */
export class PubSub {
  readonly #topics = new Map<string, Topic>()
  readonly #subscriptions = new Map<string, Attached>()
  readonly #now: () => number
  readonly #journal: Journal | undefined
  readonly #tables: TableDoor | undefined
  readonly #faults: Faults
  #nextId: number
  #nextKey = 1

  constructor({ now = Date.now, journal, tables, faults = new Faults(now) }: PubSubOptions = {}) {
    this.#now = now
    this.#tables = tables
    this.#faults = faults
    this.#journal = journal
    // ids never repeat over restarts: they start from the clock, in microseconds
    this.#nextId = now() * 1000
    if (journal) this.#restore(journal)
  }

  createTopic(config: TopicConfig): TopicConfig {
    checkName('topics', config.name)
    if (this.#topics.has(config.name)) {
      throw new GoogleError(
        'ALREADY_EXISTS',
        `Resource already exists in the project (resource=${idOf(config.name)}).`,
      )
    }
    checkTopic(config)
    this.#topics.set(config.name, { config, subscriptions: new Set() })
    this.#saveOr(() => this.#topics.delete(config.name))
    return config
  }

  getTopic(name: string): TopicConfig {
    return this.#topic(name).config
  }

  updateTopic(config: TopicConfig): TopicConfig {
    const topic = this.#topic(config.name)
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
    return [...this.#topic(name).subscriptions]
  }

  /** Subscriptions stay, with their backlog, on a topic that is called `_deleted-topic_`. */
  deleteTopic(name: string): void {
    const topic = this.#topic(name)
    const orphans = [...topic.subscriptions].map((subscription) => this.#attached(subscription).subscription)
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
    if (config.bigquery) this.#tables?.check(config.bigquery)
    const topic = this.#topics.get(config.topic)
    if (!topic) throw notFound(config.topic, 'Subscription topic does not exist')
    if (this.#subscriptions.has(config.name)) {
      throw new GoogleError(
        'ALREADY_EXISTS',
        `Resource already exists in the project (resource=${idOf(config.name)}).`,
      )
    }
    this.#checkDeadLetterTopic(config)
    const attached = this.#attach(config, format, this.#nextKey++)
    this.#saveOr(() => this.#detach(attached))
    return config
  }

  getSubscription(name: string): SubscriptionConfig {
    return this.#attached(name).subscription.config
  }

  updateSubscription(config: SubscriptionConfig): SubscriptionConfig {
    const attached = this.#attached(config.name)
    const before = attached.subscription.config
    if (config.filter !== before.filter)
      throw new GoogleError('INVALID_ARGUMENT', 'A filter cannot be changed.')
    if (config.topic !== before.topic) throw new GoogleError('INVALID_ARGUMENT', 'A topic cannot be changed.')
    if (config.bigquery) this.#tables?.check(config.bigquery)
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
    const attached = this.#attached(name)
    this.#subscriptions.delete(name)
    this.#saveOr(() => this.#subscriptions.set(name, attached))
    for (const { message } of attached.subscription.pending()) this.#settle(attached.key, message)
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
    return this.#attached(name).subscription
  }

  /**
   * Publishes bodies (PubsubMessage bytes without id and time) and answers with their ids. They are in the journal when
   * this returns.
   */
  publish(topicName: string, bodies: readonly Buffer[]): string[] {
    const topic = this.#topic(topicName)
    if (bodies.length === 0) throw new GoogleError('INVALID_ARGUMENT', 'No messages to publish')
    if (bodies.length > MOST_MESSAGES)
      throw new GoogleError('INVALID_ARGUMENT', 'Too many messages to publish')
    let bytes = 0
    for (const body of bodies) {
      checkBody(body)
      bytes += body.length
    }
    if (bytes > MOST_BYTES) {
      throw new GoogleError(
        'INVALID_ARGUMENT',
        `Request payload size ${bytes} exceeds the limit of ${MOST_BYTES} bytes.`,
      )
    }
    const publishTime = this.#now()
    const messages = bodies.map((body) => ({ id: String(this.#nextId++), publishTime, body }))
    this.#route(topic, messages)
    return messages.map(({ id }) => id)
  }

  /** Messages not acked yet, by subscription. */
  backlog(): Record<string, number> {
    return Object.fromEntries(
      [...this.#subscriptions].map(([name, { subscription }]) => [name, subscription.undelivered]),
    )
  }

  reset(): void {
    for (const name of this.#subscriptions.keys().toArray()) this.deleteSubscription(name)
    for (const name of this.#topics.keys().toArray()) this.deleteTopic(name)
  }

  close(): void {
    for (const { subscription, push, toTable } of this.#subscriptions.values()) {
      push?.close()
      toTable?.close()
      subscription.close()
    }
    this.#journal?.close()
  }

  /** @throws GoogleError RESOURCE_EXHAUSTED where the journal's disk is full: then nobody gets any of them */
  #route(topic: Topic, messages: readonly StoredMessage[]): void {
    const subscribers = [...topic.subscriptions].map((name) => this.#attached(name))
    const routed = messages
      .map((message) => ({ message, takers: subscribers.filter((subscriber) => wants(subscriber, message)) }))
      .filter(({ takers }) => takers.length > 0)
    this.#journal?.published(
      routed.map(({ message, takers }) => ({ message, keys: takers.map(({ key }) => key) })),
    )
    for (const { message, takers } of routed) {
      for (const { subscription } of takers) subscription.enqueue(message)
    }
  }

  #deadLetter(from: Subscription, message: StoredMessage, deliveries: number): boolean {
    const topic = this.#topics.get(from.config.deadLetterPolicy!.deadLetterTopic)
    if (!topic) return false
    const { data, attributes, orderingKey } = partsOf(message)
    const id = String(this.#nextId++)
    const source = {
      CloudPubSubDeadLetterSourceDeliveryCount: String(deliveries),
      CloudPubSubDeadLetterSourceSubscription: idOf(from.config.name),
      CloudPubSubDeadLetterSourceSubscriptionProject: projectOf(from.config.name),
      CloudPubSubDeadLetterSourceTopicPublishTime: new Date(message.publishTime).toISOString(),
    }
    const body = composeBody(data, { ...attributes, ...source }, orderingKey)
    try {
      this.#route(topic, [{ id, publishTime: this.#now(), body }])
    } catch (error) {
      // a full disk: the message stays where it is, and comes again
      if (error instanceof GoogleError && error.status === 'RESOURCE_EXHAUSTED') return false
      throw error
    }
    return true
  }

  #settle(key: number, message: StoredMessage): void {
    this.#journal?.settled(key, message.id)
  }

  #attach(config: SubscriptionConfig, format: PushFormat, key: number): Attached {
    const subscription = new Subscription(config, key, {
      now: this.#now,
      faults: this.#faults,
      settled: (message) => this.#settle(key, message),
      deadLetter: (from, message, deliveries) => this.#deadLetter(from, message, deliveries),
    })
    const filter = parseFilter(config.filter)
    const attached: Attached = { subscription, filter, key, push: undefined, toTable: undefined }
    this.#subscriptions.set(config.name, attached)
    this.#topics.get(config.topic)?.subscriptions.add(config.name)
    this.#deliver(attached, format)
    return attached
  }

  /** Begins to push, or to write to a table, where the subscription says so. */
  #deliver(attached: Attached, format: PushFormat): void {
    attached.push?.close()
    attached.toTable?.close()
    const { push, bigquery } = attached.subscription.config
    attached.push = push && new PushDelivery(attached.subscription, push, format, this.#faults)
    attached.toTable =
      bigquery && this.#tables && new TableDelivery(attached.subscription, bigquery, this.#tables)
  }

  #restore(journal: Journal): void {
    const { resources, messages } = journal.restore()
    for (const config of resources.topics) this.#topics.set(config.name, { config, subscriptions: new Set() })
    const byKey = new Map<number, Subscription>()
    for (const { config, format, key } of resources.subscriptions) {
      byKey.set(key, this.#attach(config, format, key).subscription)
      this.#nextKey = Math.max(this.#nextKey, key + 1)
    }
    for (const { message, keys } of messages) {
      const takers = keys.map((key) => byKey.get(key)).filter((subscription) => subscription !== undefined)
      for (const subscription of takers) subscription.enqueue(message)
      // their subscriptions were deleted, and the process ended before that was written
      for (const key of keys) if (!byKey.has(key)) journal.settled(key, message.id)
    }
  }

  #detach({ subscription, push, toTable }: Attached): void {
    this.#subscriptions.delete(subscription.config.name)
    this.#topics.get(subscription.config.topic)?.subscriptions.delete(subscription.config.name)
    push?.close()
    toTable?.close()
    subscription.close()
  }

  #checkDeadLetterTopic({ deadLetterPolicy }: SubscriptionConfig): void {
    // pubsub.proto, DeadLetterPolicy: "The operation will fail if the topic does not exist."
    if (deadLetterPolicy) this.#topic(deadLetterPolicy.deadLetterTopic)
  }

  /** What cannot be kept is not done. */
  #saveOr(undo: () => void): void {
    try {
      this.#saveResources()
    } catch (error) {
      undo()
      throw error
    }
  }

  #saveResources(): void {
    this.#journal?.saveResources({
      topics: [...this.#topics.values()].map(({ config }) => config),
      subscriptions: [...this.#subscriptions.values()].map(({ subscription, push, key }) => ({
        config: subscription.config,
        format: push?.format ?? 'pubsub',
        key,
      })),
    })
  }

  #topic(name: string): Topic {
    const topic = this.#topics.get(name)
    if (!topic) throw notFound(name)
    return topic
  }

  #attached(name: string): Attached {
    const attached = this.#subscriptions.get(name)
    if (!attached) throw notFound(name)
    return attached
  }
}

function wants({ filter, subscription }: Attached, message: StoredMessage): boolean {
  return subscription.config.filter === '' || filter(partsOf(message).attributes)
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
