import { PubSub, type Message } from '@google-cloud/pubsub'

/** Does what Eventarc does, over a Pub/Sub that has none: delivers each message as a binary CloudEvent. */
export async function bridgeEvents(
  projectId: string,
  pubsubHost: string,
  topicName: string,
  url: string,
): Promise<{ close(): Promise<void> }> {
  const pubsub = new PubSub({ projectId, apiEndpoint: `http://${pubsubHost}`, emulatorMode: true })
  const topic = pubsub.topic(topicName)
  const [subscription] = await topic.createSubscription('eventarc-bridge')
  const deliver = async (message: Message) => {
    const publishTime = message.publishTime.toISOString()
    const { id, attributes } = message
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'ce-id': id,
        'ce-source': `//pubsub.googleapis.com/projects/${projectId}/topics/${topicName}`,
        'ce-specversion': '1.0',
        'ce-type': 'google.cloud.pubsub.topic.v1.messagePublished',
        'ce-time': publishTime,
      },
      body: JSON.stringify({
        subscription: subscription.name,
        message: { data: message.data.toString('base64'), attributes, messageId: id, publishTime },
      }),
    })
    if (response.ok) message.ack()
    else message.nack()
  }
  subscription.on('message', (message: Message) => {
    deliver(message).catch(() => message.nack())
  })
  subscription.on('error', () => {
    // the emulator ends idle streams; the client opens them again
  })
  return {
    async close() {
      await subscription.close()
      await pubsub.close()
    },
  }
}
