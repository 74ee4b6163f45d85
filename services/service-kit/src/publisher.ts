import { PubSub, type Topic } from '@google-cloud/pubsub'

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
  let client: PubSub | undefined
  let topic: Topic | undefined
  const open = (): Topic => {
    client ??= new PubSub({ projectId })
    topic ??= client.topic(topicName, {
      batching: { maxMessages: 1000, maxMilliseconds: 5, maxBytes: 4 << 20 },
    })
    return topic
  }
  return {
    publish: (messages) => {
      const target = open()
      return Promise.all(
        messages.map(({ data, attributes }) =>
          target.publishMessage({ data, attributes: { ...attributes } }),
        ),
      )
    },
    async check() {
      const [exists] = await open().exists()
      if (!exists) throw new Error(`topic ${topicName} does not exist in project ${projectId}`)
    },
    async close() {
      await topic?.flush()
      await client?.close()
    },
  }
}
