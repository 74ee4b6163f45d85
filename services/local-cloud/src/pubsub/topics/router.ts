import { GoogleError } from '../../google-error.ts'
import { wants, type Attached } from '../delivery/attached.ts'
import type { Journal, OpenMessage } from '../messages/journal.ts'
import { checkBody, composeBody, partsOf, type StoredMessage } from '../messages/message.ts'
import { MessageIds } from '../messages/message-ids.ts'
import { idOf, projectOf } from '../resources/names.ts'
import type { Registry } from './registry.ts'
import type { Retained } from '../messages/retained.ts'
import type { Schemas } from '../schemas/schemas.ts'
import { stampMessages } from '../schemas/stamp-messages.ts'
import type { Subscription } from '../subscriptions/subscription.ts'
import type { Topic } from './topics.ts'

const MOST_MESSAGES = 1000
const MOST_BYTES = 10_000_000

/** Brings what is published to the subscriptions that want it, by way of the journal. */
export class Router {
  readonly #now: () => number
  readonly #journal: Journal | undefined
  readonly #registry: Registry
  readonly #schemas: Schemas
  readonly #ids: MessageIds

  constructor(registry: Registry, schemas: Schemas, now: () => number, journal: Journal | undefined) {
    this.#registry = registry
    this.#schemas = schemas
    this.#now = now
    this.#journal = journal
    this.#ids = new MessageIds(now())
  }

  /**
   * Publishes bodies (PubsubMessage bytes without id and time) and answers with their ids. They are in the journal when
   * this returns.
   */
  publish(topicName: string, bodies: readonly Buffer[]): string[] {
    const topic = this.#registry.topics.get(topicName)
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
    const { schemaSettings } = topic.config
    const stamped = schemaSettings ? stampMessages(bodies, schemaSettings, this.#schemas) : bodies
    const publishTime = this.#now()
    const messages = stamped.map((body) => ({ id: this.#ids.next(), publishTime, body }))
    this.#route(topic, messages)
    return messages.map(({ id }) => id)
  }

  /** Publishes to the subscription's dead-letter topic. @returns whether that exists and took the message */
  deadLetter(from: Subscription, message: StoredMessage, deliveries: number): boolean {
    const topic = this.#registry.topics.find(from.config.deadLetterPolicy!.deadLetterTopic)
    if (!topic) return false
    const { data, attributes, orderingKey } = partsOf(message)
    const id = this.#ids.next()
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

  /** Gives what an earlier process left open to those who need it. */
  restore(messages: readonly OpenMessage[], byKey: ReadonlyMap<number, Retained | Subscription>): void {
    for (const { message, keys } of messages) {
      for (const key of keys) {
        const taker = byKey.get(key)
        if (taker) taker.add(message)
        // it was deleted, and the process ended before that was written
        else this.#journal?.settled(key, message.id)
      }
    }
  }

  /** @throws GoogleError RESOURCE_EXHAUSTED where the journal's disk is full: then nobody gets any of them */
  #route(topic: Topic, messages: readonly StoredMessage[]): void {
    const subscribers = [...topic.subscriptions].map((name) => this.#registry.attached(name))
    const retaining = retainingOf(topic)
    const everybody = keysOf(subscribers, retaining)
    const isFiltered = subscribers.some(({ subscription }) => subscription.config.filter !== '')
    const routed = messages
      .map((message) => {
        if (!isFiltered) return { message, takers: subscribers, keys: everybody }
        const takers = subscribers.filter((subscriber) => wants(subscriber, message))
        return { message, takers, keys: keysOf(takers, retaining) }
      })
      .filter(({ keys }) => keys.length > 0)
    this.#journal?.published(routed)
    for (const { message, takers } of routed) {
      for (const { subscription, retained } of takers) {
        subscription.add(message)
        retained?.add(message)
      }
      for (const retained of retaining) retained.add(message)
    }
  }
}

/** Who keeps all of a topic: its own retention, and its snapshots. */
function retainingOf({ retained, snapshots }: Topic): Retained[] {
  const open = snapshots.filter((snapshot) => snapshot.takes())
  return retained ? [retained, ...open] : open
}

function keysOf(takers: readonly Attached[], retaining: readonly Retained[]): number[] {
  const keys = takers.map(({ key }) => key)
  for (const { retained } of takers) if (retained) keys.push(retained.key)
  for (const { key } of retaining) keys.push(key)
  return keys
}
