import { GoogleError } from '../../google-error.ts'
import { endDelivery, type Attached } from '../delivery/attached.ts'
import {
  checkDestination,
  deliver,
  isElsewhere,
  isPulled,
  type DeliveryOptions,
} from '../delivery/deliveries.ts'
import { parseFilter } from '../resources/filter.ts'
import { checkName, idOf } from '../resources/names.ts'
import type { PushFormat } from '../resources/push-format.ts'
import { alreadyThere, inProject, notFound } from '../resources/resource-errors.ts'
import type { Resources } from '../resources/resources.ts'
import { Retained } from '../messages/retained.ts'
import type { Saver } from '../resources/saver.ts'
import type { SchemaSettings } from '../resources/schema-revision.ts'
import { checkSubscription, type SubscriptionConfig } from '../resources/subscription-config.ts'
import { Subscription, type SubscriptionEvents } from '../subscriptions/subscription.ts'
import { Topics } from './topics.ts'

export interface RegistryOptions extends DeliveryOptions {
  readonly saver: Saver
  /** What the subscription with this key tells of its messages. */
  readonly eventsOf: (key: number) => Pick<SubscriptionEvents, 'settled' | 'deadLetter'>
  /** Told that `key` needs this message no longer. */
  readonly release: (key: number, id: string) => void
  /** Told of each topic or subscription that goes. @returns what takes it back */
  readonly deleting: (name: string) => () => void
  /** @throws GoogleError NOT_FOUND where they name what is not there */
  readonly checkSchema: (settings: SchemaSettings) => void
}

export const DELETED_TOPIC = '_deleted-topic_'

/** Which subscriptions there are, and their topics. */
export class Registry {
  readonly #options: RegistryOptions
  readonly topics: Topics
  readonly #subscriptions = new Map<string, Attached>()
  #nextKey = 1

  constructor(options: RegistryOptions) {
    this.#options = options
    const { saver, checkSchema } = options
    saver.add(() => this.#resources())
    this.topics = new Topics({
      saver,
      checkSchema,
      retain: (before, keepMs, key) => this.#retainedFor(before, keepMs, key),
    })
  }

  /** One that no other subscription, topic or snapshot has, nor had. */
  nextKey(): number {
    return this.#nextKey++
  }

  /** Subscriptions stay, with their backlog, on a topic that is called `_deleted-topic_`. */
  deleteTopic(name: string): void {
    const topic = this.topics.get(name)
    const orphans = [...topic.subscriptions].map((subscription) => this.attached(subscription).subscription)
    const call = (theTopic: string) => {
      for (const orphan of orphans) orphan.config = { ...orphan.config, topic: theTopic }
    }
    const bringBack = this.topics.remove(topic)
    call(DELETED_TOPIC)
    const takeBack = this.#options.deleting(name)
    this.#options.saver.saveOr(() => {
      bringBack()
      call(name)
      takeBack()
    })
    topic.retained?.clear()
  }

  createSubscription(asked: SubscriptionConfig, format: PushFormat = 'pubsub'): SubscriptionConfig {
    // output only
    const { detached: _, ...config } = asked
    checkName('subscriptions', config.name)
    checkSubscription(config)
    checkDestination(config, this.#options)
    const topic = this.topics.find(config.topic)
    if (!topic) throw notFound(config.topic, 'Subscription topic does not exist')
    if (this.#subscriptions.has(config.name)) throw alreadyThere(config.name)
    this.#checkDeadLetterTopic(config)
    const attached = this.#attach(config, format, this.nextKey())
    this.#options.saver.saveOr(() => this.#drop(attached))
    return config
  }

  getSubscription(name: string): SubscriptionConfig {
    return this.attached(name).subscription.config
  }

  updateSubscription(config: SubscriptionConfig): SubscriptionConfig {
    const attached = this.attached(config.name)
    const { retained } = attached
    const before = attached.subscription.config
    if (config.filter !== before.filter)
      throw new GoogleError('INVALID_ARGUMENT', 'A filter cannot be changed.')
    if (config.topic !== before.topic) throw new GoogleError('INVALID_ARGUMENT', 'A topic cannot be changed.')
    if (config.enableMessageOrdering !== before.enableMessageOrdering)
      throw new GoogleError('INVALID_ARGUMENT', 'enable_message_ordering cannot be changed.')
    checkDestination(config, this.#options)
    if (config.deadLetterPolicy?.deadLetterTopic !== before.deadLetterPolicy?.deadLetterTopic)
      this.#checkDeadLetterTopic(config)
    attached.subscription.config = checkSubscription(config)
    this.#retainAcked(attached)
    this.#options.saver.saveOr(() => {
      attached.subscription.config = before
      attached.retained = retained
    })
    if (!attached.retained) retained?.clear()
    if (isElsewhere(before, config)) deliver(attached, attached.push?.format ?? 'pubsub', this.#options)
    if (isPulled(before) && !isPulled(config)) attached.subscription.end(notPulled(config.name))
    return config
  }

  /** Message retention of its topic in proto3 JSON, where that has one. */
  topicRetention({ topic }: SubscriptionConfig): string | undefined {
    return this.topics.find(topic)?.config.messageRetentionDuration
  }

  listSubscriptions(project: string): SubscriptionConfig[] {
    return [...this.#subscriptions.values()]
      .map(({ subscription }) => subscription.config)
      .filter(({ name }) => inProject(name, project))
  }

  deleteSubscription(name: string): void {
    const attached = this.attached(name)
    this.#subscriptions.delete(name)
    const takeBack = this.#options.deleting(name)
    this.#options.saver.saveOr(() => {
      this.#subscriptions.set(name, attached)
      takeBack()
    })
    this.#settleAll(attached)
    attached.subscription.end(notFound(name, 'Subscription does not exist'))
    this.#drop(attached)
  }

  /** From now on the subscription gets nothing more of its topic, and what it had not acked is gone (pubsub.proto). */
  detachSubscription(name: string): void {
    const attached = this.attached(name)
    const { subscription } = attached
    const before = subscription.config
    if (before.detached) return
    const topic = this.topics.find(before.topic)
    subscription.config = { ...before, detached: true }
    topic?.subscriptions.delete(name)
    this.#options.saver.saveOr(() => {
      subscription.config = before
      topic?.subscriptions.add(name)
    })
    this.#settleAll(attached)
    endDelivery(attached)
    subscription.end(isDetached(name))
    subscription.clear()
  }

  /** The same, where it is one to pull from. @throws GoogleError NOT_FOUND, FAILED_PRECONDITION */
  pulled(name: string): Subscription {
    const { subscription } = this.notDetached(name)
    if (!isPulled(subscription.config)) throw notPulled(name)
    return subscription
  }

  /** The live subscription behind a name. @throws GoogleError NOT_FOUND */
  subscription(name: string): Subscription {
    return this.attached(name).subscription
  }

  /** One that still has a topic to get messages of. @throws GoogleError NOT_FOUND, FAILED_PRECONDITION */
  notDetached(name: string): Attached {
    const attached = this.attached(name)
    if (attached.subscription.config.detached) throw isDetached(name)
    return attached
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

  /** What an earlier process left. @returns who takes its messages, by their keys */
  restore({ topics, subscriptions, snapshots = [] }: Resources): Map<number, Retained | Subscription> {
    const byKey = new Map<number, Retained | Subscription>()
    const taken = snapshots.map(({ key }) => key)
    for (const retained of this.topics.restore(topics)) byKey.set(retained.key, retained)
    for (const { config, format, key, retainedKey } of subscriptions) {
      const attached = this.#attach(config, format, key, retainedKey)
      byKey.set(key, attached.subscription)
      if (attached.retained) byKey.set(attached.retained.key, attached.retained)
    }
    this.#nextKey = Math.max(this.#nextKey, ...[...byKey.keys(), ...taken].map((key) => key + 1))
    return byKey
  }

  reset(): void {
    for (const name of this.#subscriptions.keys().toArray()) this.deleteSubscription(name)
    for (const name of this.topics.names()) this.deleteTopic(name)
  }

  close(): void {
    for (const attached of this.#subscriptions.values()) {
      endDelivery(attached)
      attached.subscription.close()
    }
  }

  #attach(config: SubscriptionConfig, format: PushFormat, key: number, retainedKey?: number): Attached {
    const { now, faults, eventsOf } = this.#options
    const subscription = new Subscription(config, key, { now, faults, ...eventsOf(key) })
    const attached: Attached = {
      subscription,
      filter: parseFilter(config.filter),
      key,
      retained: undefined,
      push: undefined,
      writer: undefined,
    }
    this.#subscriptions.set(config.name, attached)
    this.#retainAcked(attached, retainedKey)
    if (!config.detached) {
      this.topics.find(config.topic)?.subscriptions.add(config.name)
      deliver(attached, format, this.#options)
    }
    return attached
  }

  #retainAcked(attached: Attached, key?: number): void {
    const { retainAckedMessages, messageRetentionSeconds } = attached.subscription.config
    const keepMs = retainAckedMessages ? messageRetentionSeconds * 1000 : undefined
    attached.retained = this.#retainedFor(attached.retained, keepMs, key)
  }

  #retainedFor(before: Retained | undefined, keepMs: number | undefined, key?: number): Retained | undefined {
    if (keepMs === undefined) return undefined
    const { now, release } = this.#options
    const retained = before ?? new Retained(key ?? this.nextKey(), now, release)
    retained.keepMs = keepMs
    return retained
  }

  #settleAll({ key, subscription, retained }: Attached): void {
    const { settled } = this.#options.eventsOf(key)
    for (const { message } of subscription.pending()) settled(message)
    retained?.clear()
  }

  #drop(attached: Attached): void {
    const { config } = attached.subscription
    this.#subscriptions.delete(config.name)
    this.topics.find(config.topic)?.subscriptions.delete(config.name)
    endDelivery(attached)
    attached.subscription.close()
  }

  #checkDeadLetterTopic({ deadLetterPolicy }: SubscriptionConfig): void {
    // pubsub.proto, DeadLetterPolicy: "The operation will fail if the topic does not exist."
    if (deadLetterPolicy) this.topics.get(deadLetterPolicy.deadLetterTopic)
  }

  #resources(): Partial<Resources> {
    return {
      subscriptions: [...this.#subscriptions.values()].map(({ subscription, push, key, retained }) => ({
        config: subscription.config,
        format: push?.format ?? 'pubsub',
        key,
        ...(retained && { retainedKey: retained.key }),
      })),
    }
  }
}

function notPulled(name: string): GoogleError {
  return new GoogleError(
    'FAILED_PRECONDITION',
    `Pull is not possible: the subscription delivers by push, to a table or to files (resource=${idOf(name)}).`,
  )
}

function isDetached(name: string): GoogleError {
  return new GoogleError(
    'FAILED_PRECONDITION',
    `The subscription is detached from its topic (resource=${idOf(name)}).`,
  )
}
