import { GoogleError } from '../../google-error.ts'
import { composeBody, partsOf } from '../messages/message.ts'
import type { Lease } from '../messages/consumer.ts'

export interface RestMessage {
  data?: string
  attributes?: Record<string, string>
  orderingKey?: string
}

/** Of both alphabets, as proto3 JSON takes it. */
const BASE64 = /^[\w+/-]*={0,2}$/

/** @throws GoogleError INVALID_ARGUMENT */
export function readMessage({ data, attributes, orderingKey }: RestMessage): Buffer {
  const texts = { ...attributes, orderingKey: orderingKey ?? '', data: data ?? '' }
  for (const [name, value] of Object.entries<unknown>(texts)) {
    if (typeof value !== 'string' || !value.isWellFormed())
      throw new GoogleError(
        'INVALID_ARGUMENT',
        `Invalid value of ${name}: ${JSON.stringify(value)} is no text.`,
      )
  }
  return composeBody(readBase64('data', data ?? ''), attributes ?? {}, orderingKey)
}

/** @throws GoogleError INVALID_ARGUMENT */
export function readBase64(field: string, text: string): Buffer {
  if (BASE64.test(text)) return Buffer.from(text, 'base64')
  throw new GoogleError(
    'INVALID_ARGUMENT',
    `Invalid value of ${field}: "${text.slice(0, 100)}" is no base64.`,
  )
}

export function receivedJson({ ackId, message, attempt }: Lease): object {
  const { data, attributes, orderingKey } = partsOf(message)
  return {
    ackId,
    message: {
      data: data.toString('base64'),
      ...(Object.keys(attributes).length > 0 && { attributes }),
      messageId: message.id,
      publishTime: new Date(message.publishTime).toISOString(),
      ...(orderingKey !== '' && { orderingKey }),
    },
    ...(attempt > 0 && { deliveryAttempt: attempt }),
  }
}
