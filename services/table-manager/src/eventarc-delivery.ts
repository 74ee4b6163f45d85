import type { IncomingHttpHeaders } from 'node:http'
import type { Message } from '@tablestream/contract'

/** A delivery of Eventarc: the message, or what is wrong with the request. */
export type Delivery =
  | { readonly outcome: 'message'; readonly message: Message }
  | { readonly outcome: 'malformed'; readonly problem: string }

const EVENT_TYPE = 'google.cloud.pubsub.topic.v1.messagePublished'
const REQUIRED = ['ce-id', 'ce-source', 'ce-specversion', 'ce-type'] as const
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/

/**
 * Reads a binary-mode CloudEvent around Pub/Sub's push envelope. Written by hand: the cloudevents package takes
 * 65 microseconds and more a request for the same checks; the tests hold both against each other.
 */
export function readDelivery(headers: IncomingHttpHeaders, body: unknown): Delivery {
  for (const name of REQUIRED) {
    if (!headers[name]) return malformed(`the header ${name} is missing: this is no binary CloudEvent`)
  }
  if (headers['ce-specversion'] !== '1.0')
    return malformed(`ce-specversion is ${String(headers['ce-specversion'])}, not 1.0`)
  if (headers['ce-type'] !== EVENT_TYPE)
    return malformed(`ce-type is ${String(headers['ce-type'])}, not ${EVENT_TYPE}`)
  const message = (body as { message?: unknown } | null)?.message
  if (typeof message !== 'object' || message === null) return malformed('the body has no message')
  const { data = '', messageId, publishTime, ...others } = message as Partial<PushMessage>
  // proto3's JSON knows null for a field that is not set
  const attributes = others.attributes ?? {}
  if (typeof data !== 'string' || !BASE64.test(data)) return malformed('message.data is no base64')
  if (!areAttributes(attributes)) return malformed('message.attributes is no object of texts')
  if (typeof messageId !== 'string' || messageId === '') return malformed('message.messageId is missing')
  return {
    outcome: 'message',
    message: {
      data: Buffer.from(data, 'base64'),
      attributes,
      messageId,
      publishTime: typeof publishTime === 'string' ? publishTime : new Date().toISOString(),
    },
  }
}

function areAttributes(value: unknown): value is Record<string, string> {
  if (typeof value !== 'object' || Array.isArray(value)) return false
  for (const key in value) if (typeof (value as Record<string, unknown>)[key] !== 'string') return false
  return true
}

interface PushMessage {
  readonly data: string
  readonly attributes: Record<string, string> | null
  readonly messageId: string
  readonly publishTime: string
}

function malformed(problem: string): Delivery {
  return { outcome: 'malformed', problem }
}
