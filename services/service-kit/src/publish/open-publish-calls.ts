import type { PublishCalls } from './publish-calls.ts'

/** Opens a connection in this thread. To load the client takes a third of a second: who asks Pub/Sub from another thread loads none. */
export async function openPublishCalls(projectId: string, topicName: string): Promise<PublishCalls> {
  const { pubsubCalls } = await import('./pubsub-calls.ts')
  return pubsubCalls(projectId, topicName)
}
