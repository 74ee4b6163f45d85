import { PubSub, v1 } from '@google-cloud/pubsub'
import { Batches } from './batches.ts'
import type { OutgoingMessage } from './event-message.ts'
import { publishSurely, type TryPublish } from './publish-surely.ts'

export interface Publisher {
  /**
   * Message ids in the order of the messages, once Pub/Sub has them all. Rejects when it has not: with MessageRefused where
   * that is for what is in them.
   *
   * @param lane messages of different lanes share no request, and do not wait for each other
   */
  publish(messages: readonly OutgoingMessage[], lane?: string): Promise<string[]>
  /** Rejects while the topic cannot be reached. */
  check(): Promise<void>
  close(): Promise<void>
}

export interface PublisherOptions {
  /** Messages of one request. */
  readonly mostMessages?: number
  /** Milliseconds until a publish without an answer has failed, with all its tries. */
  readonly longestMs?: number
}

/** The client is made by the first call that needs it: a service that nobody asks opens no connection. */
export function createPublisher(
  projectId: string,
  topicName: string,
  { mostMessages, longestMs }: PublisherOptions = {},
): Publisher {
  let opened: Promise<Opened> | undefined
  const open = () => (opened ??= openTopic(projectId, topicName, longestMs))
  const lanes = new Map<string, Batches>()
  function laneOf(name: string, send: Opened['send']): Batches {
    const known = lanes.get(name)
    if (known) return known
    const made = new Batches(send, mostMessages)
    lanes.set(name, made)
    return made
  }
  return {
    async publish(messages, lane = '') {
      const { send } = await open()
      return laneOf(lane, send).publish(messages)
    },
    async check() {
      const { client } = await open()
      const [exists] = await client.topic(topicName).exists()
      if (!exists) throw new Error(`topic ${topicName} does not exist in project ${projectId}`)
    },
    async close() {
      if (!opened) return
      const { client, publisher } = await opened
      await Promise.all([...lanes.values()].map((batches) => batches.settled()))
      await publisher.close()
      await client.close()
    },
  }
}

interface Opened {
  readonly client: PubSub
  readonly publisher: v1.PublisherClient
  readonly send: (messages: readonly OutgoingMessage[]) => Promise<readonly string[]>
}

async function openTopic(
  projectId: string,
  topicName: string,
  longestMs: number | undefined,
): Promise<Opened> {
  const client = new PubSub({ projectId })
  const publisher = new v1.PublisherClient(
    (await client.getClientConfig()) as ConstructorParameters<typeof v1.PublisherClient>[0],
  )
  await publisher.initialize()
  const topic = publisher.projectTopicsPath(projectId, topicName)
  const tryPublish: TryPublish = async (messages, timeout) => {
    const [{ messageIds }] = await publisher.publish(
      { topic, messages: messages as { data: Buffer; attributes: Record<string, string> }[] },
      // the client's own tries send the same bytes again
      { timeout, retry: null },
    )
    return messageIds ?? []
  }
  const send = (messages: readonly OutgoingMessage[]) => publishSurely(tryPublish, messages, longestMs)
  return { client, publisher, send }
}
