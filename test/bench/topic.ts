import { PubSub } from '@google-cloud/pubsub'
import type { LocalCloud } from '@tablestream/local-cloud'
import { PROJECT } from '../end-to-end/pipeline.ts'

/** Google's client for local-cloud's Pub/Sub. */
export function openPubSub({ pubsubPort }: LocalCloud): PubSub {
  return new PubSub({ projectId: PROJECT, apiEndpoint: `http://127.0.0.1:${pubsubPort}`, emulatorMode: true })
}

/** Where only what publishes is measured, nobody shall keep or read what is published. */
export async function removeSubscriptions(pubsub: PubSub): Promise<void> {
  const [subscriptions] = await pubsub.getSubscriptions()
  await Promise.all(subscriptions.map((subscription) => subscription.delete()))
}
