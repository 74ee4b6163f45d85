import { GoogleError } from '../../google-error.ts'
import { wants, type Attached } from '../delivery/attached.ts'
import type { Journal, OpenMessage } from '../messages/journal.ts'
import { checkBody, composeBody, partsOf } from '../messages/message.ts'
import { MessageIds, type IdRange } from '../messages/message-ids.ts'
import { Published, type Bodies } from '../messages/published.ts'
import type { StoredMessage } from '../messages/stored-message.ts'
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
  publish(topicName: string, bodies: Bodies): IdRange {
    const topic = this.#registry.topics.get(topicName)
    const { places } = bodies
    if (places.length === 0) throw new GoogleError('INVALID_ARGUMENT', 'No messages to publish')
    if (places.length > 2 * MOST_MESSAGES)
      throw new GoogleError('INVALID_ARGUMENT', 'Too many messages to publish')
    let size = 0
    for (let at = 0; at < places.length; at += 2) {
      const [start, end] = [places[at]!, places[at + 1]!]
      checkBody(bodies.bytes, start, end)
      size += end - start
    }
    if (size > MOST_BYTES) {
      throw new GoogleError(
        'INVALID_ARGUMENT',
        `Request payload size ${size} exceeds the limit of ${MOST_BYTES} bytes.`,
      )
    }
    const { schemaSettings } = topic.config
    const stamped = schemaSettings ? stampMessages(bodies, schemaSettings, this.#schemas) : bodies
    const published = this.#publishedOf(stamped)
    this.#route(topic, published)
    return published.ids
  }

  #publishedOf(bodies: Bodies): Published {
    return new Published(this.#ids.next(bodies.places.length / 2), this.#now(), bodies)
  }

  /** Publishes to the subscription's dead-letter topic. @returns whether that exists and took the message */
  deadLetter(from: Subscription, message: StoredMessage, deliveries: number): boolean {
    const topic = this.#registry.topics.find(from.config.deadLetterPolicy!.deadLetterTopic)
    if (!topic) return false
    const { data, attributes, orderingKey } = partsOf(message)
    const source = {
      CloudPubSubDeadLetterSourceDeliveryCount: String(deliveries),
      CloudPubSubDeadLetterSourceSubscription: idOf(from.config.name),
      CloudPubSubDeadLetterSourceSubscriptionProject: projectOf(from.config.name),
      CloudPubSubDeadLetterSourceTopicPublishTime: new Date(message.publishTime).toISOString(),
    }
    const body = composeBody(data, { ...attributes, ...source }, orderingKey)
    try {
      this.#route(topic, this.#publishedOf({ bytes: body, places: [0, body.length] }))
    } catch (error) {
      // a full disk: the message stays where it is, and comes again
      if (error instanceof GoogleError && error.status === 'RESOURCE_EXHAUSTED') return false
      throw error
    }
    return true
  }

  /** Gives what an earlier process left open to those who need it. @param greatestId that it gave, as far as is known */
  restore(
    messages: readonly OpenMessage[],
    byKey: ReadonlyMap<number, Retained | Subscription>,
    greatestId: number,
  ): void {
    this.#ids.startBehind(greatestId)
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
  #route(topic: Topic, published: Published): void {
    const subscribers = [...topic.subscriptions].map((name) => this.#registry.attached(name))
    const retaining = retainingOf(topic)
    const isFiltered = subscribers.some(({ subscription }) => subscription.config.filter !== '')
    const groups: Group[] = isFiltered
      ? Array.from({ length: published.length }, (_, index) => {
          const message = published.at(index)
          const takers = subscribers.filter((subscriber) => wants(subscriber, message))
          return { published: published.only(index), takers, keys: keysOf(takers, retaining) }
        })
      : [{ published, takers: subscribers, keys: keysOf(subscribers, retaining) }]
    const needed = groups.filter(({ keys }) => keys.length > 0)
    this.#journal?.published(
      needed.flatMap(({ published: some, keys }) => Array.from(some, (message) => ({ message, keys }))),
    )
    for (const { published: some, takers } of needed) {
      const retainers = [...takers.flatMap(({ retained }) => retained ?? []), ...retaining]
      for (const { subscription } of takers) subscription.addAll(some)
      for (const retained of retainers) for (const message of some) retained.add(message)
    }
  }
}

/** Messages that go to the same subscriptions. */
interface Group {
  readonly published: Published
  readonly takers: readonly Attached[]
  /** Of those who need them. */
  readonly keys: readonly number[]
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
