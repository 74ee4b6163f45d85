import { PubSub } from '@google-cloud/pubsub'

/** Publishes messages to one topic. */
export interface Publish {
  /** Resolves when Pub/Sub has the message. */
  (data: Buffer, attributes: Readonly<Record<string, string>>): Promise<void>
  close(): Promise<void>
}

/** The client is made by the first change: most instances of the service live without one. */
export function createPublish(projectId: string, topicName: string): Publish {
  let client: PubSub | undefined
  const publish = async (data: Buffer, attributes: Readonly<Record<string, string>>) => {
    client ??= new PubSub({ projectId })
    await client.topic(topicName).publishMessage({ data, attributes: { ...attributes } })
  }
  return Object.assign(publish, {
    async close() {
      await client?.close()
    },
  })
}
