import { PubSub } from '@google-cloud/pubsub'

/** The client that publishes dead letters again. */
export function openPubSub(projectId: string): PubSub {
  return new PubSub({ projectId })
}
