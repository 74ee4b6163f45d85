import { partsOf } from '../messages/message.ts'
import type { PushFormat } from '../resources/push-format.ts'
import type { SubscriptionConfig } from '../resources/subscription-config.ts'
import type { Lease } from '../messages/consumer.ts'

export interface PushRequest {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer
}

const AGENT = { 'user-agent': 'APIs-Google; local-cloud' }

/** What is posted for a message. */
export function pushRequest(lease: Lease, config: SubscriptionConfig, format: PushFormat): PushRequest {
  if (config.push?.noWrapper) return unwrapped(lease, config, config.push.noWrapper.writeMetadata)
  const headers = { 'content-type': 'application/json', ...AGENT }
  const body = wrapped(lease, config)
  if (format === 'pubsub') return { headers, body }
  const { id, publishTime } = lease.message
  return {
    headers: {
      ...headers,
      'ce-id': id,
      'ce-source': `//pubsub.googleapis.com/${config.topic}`,
      'ce-specversion': '1.0',
      'ce-type': 'google.cloud.pubsub.topic.v1.messagePublished',
      'ce-time': new Date(publishTime).toISOString(),
    },
    body,
  }
}

function wrapped({ message, attempt }: Lease, config: SubscriptionConfig): string {
  const { data, attributes, orderingKey } = partsOf(message)
  const publishTime = new Date(message.publishTime).toISOString()
  return JSON.stringify({
    message: {
      ...(Object.keys(attributes).length > 0 && { attributes }),
      data: data.toString('base64'),
      messageId: message.id,
      message_id: message.id,
      publishTime,
      publish_time: publishTime,
      ...(orderingKey !== '' && { orderingKey }),
    },
    subscription: config.name,
    ...(attempt > 0 && { deliveryAttempt: attempt }),
  })
}

/**
 * pubsub.proto, PushConfig.NoWrapper: the data alone. With metadata, what Pub/Sub knows of the message is in headers
 * `x-goog-pubsub-KEY`, and each attribute in one of its own name. An attribute that can be no header is left out.
 */
function unwrapped(
  { message, attempt }: Lease,
  config: SubscriptionConfig,
  writeMetadata: boolean,
): PushRequest {
  const { data, attributes, orderingKey } = partsOf(message)
  if (!writeMetadata) return { headers: AGENT, body: data }
  const asHeaders = Object.entries(attributes).filter(([key, value]) => TOKEN.test(key) && TEXT.test(value))
  return {
    headers: {
      ...Object.fromEntries(asHeaders.filter(([key]) => !OWN.test(key))),
      ...AGENT,
      'x-goog-pubsub-subscription-name': config.name,
      'x-goog-pubsub-message-id': message.id,
      'x-goog-pubsub-publish-time': new Date(message.publishTime).toISOString(),
      ...(orderingKey !== '' && TEXT.test(orderingKey) && { 'x-goog-pubsub-ordering-key': orderingKey }),
      ...(attempt > 0 && { 'x-goog-pubsub-delivery-attempt': String(attempt) }),
    },
    body: data,
  }
}

/** RFC 9110: what a header may be called, and hold. */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/
const TEXT = /^[\t\x20-\x7e]*$/
/** These say how the request is sent, and with which right. */
const OWN =
  /^(host|connection|keep-alive|transfer-encoding|te|trailer|upgrade|expect|content-length|authorization)$/i
