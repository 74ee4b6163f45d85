import { PubSub, v1 } from '@google-cloud/pubsub'
import { Batches } from './batches.ts'

/** A message as it goes to the topic. */
export interface OutgoingMessage {
  readonly data: Buffer
  readonly attributes: Readonly<Record<string, string>>
}

export interface Publisher {
  /** Message ids in the order of the messages, once Pub/Sub has them all. Rejects when it has not. */
  publish(messages: readonly OutgoingMessage[]): Promise<string[]>
  /** Rejects while the topic cannot be reached. */
  check(): Promise<void>
  close(): Promise<void>
}

/** The client is made by the first call that needs it: a service that nobody asks opens no connection. */
export function createPublisher(projectId: string, topicName: string): Publisher {
  let opened: Promise<Opened> | undefined
  const open = () => (opened ??= openTopic(projectId, topicName))
  return {
    async publish(messages) {
      const { batches } = await open()
      return batches.publish(messages)
    },
    async check() {
      const { client } = await open()
      const [exists] = await client.topic(topicName).exists()
      if (!exists) throw new Error(`topic ${topicName} does not exist in project ${projectId}`)
    },
    async close() {
      if (!opened) return
      const { client, publisher, batches } = await opened
      await batches.settled()
      await publisher.close()
      await client.close()
    },
  }
}

interface Opened {
  readonly client: PubSub
  readonly publisher: v1.PublisherClient
  readonly batches: Batches
}

async function openTopic(projectId: string, topicName: string): Promise<Opened> {
  const client = new PubSub({ projectId })
  const publisher = new v1.PublisherClient(
    (await client.getClientConfig()) as ConstructorParameters<typeof v1.PublisherClient>[0],
  )
  await publisher.initialize()
  const topic = publisher.projectTopicsPath(projectId, topicName)
  const batches = new Batches(async (messages) => {
    const [{ messageIds }] = await publisher.publish({
      topic,
      messages: messages as { data: Buffer; attributes: Record<string, string> }[],
    })
    return messageIds ?? []
  })
  return { client, publisher, batches }
}
