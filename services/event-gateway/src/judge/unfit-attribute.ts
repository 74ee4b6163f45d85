import { typeField } from '@tablestream/contract'
import { fault, type Fault } from './candidate.ts'

/** What Pub/Sub takes: 100 attributes, 256 bytes in a key, 1,024 in a value, all UTF-8 (cloud.google.com/pubsub/quotas). */
const KEY_BYTES = 256
const VALUE_BYTES = 1024
/** The rest is for those who publish the message again: dead letters have attributes of their own. */
export const MOST_ATTRIBUTES = 80
/** Keys that Pub/Sub keeps for itself. */
const RESERVED = /^goog/i
/** Who sent the event: only the gateway says that. */
export const CALLER_ATTRIBUTE = 'tablestream-caller'

/** The first attribute that Pub/Sub would not take: one such message fails the request that it is published with. */
export function unfitAttribute(attributes: Readonly<Record<string, string>>): Fault | undefined {
  const entries = Object.entries(attributes)
  if (entries.length > MOST_ATTRIBUTES) return tooManyAttributes(entries.length)
  for (const [key, value] of entries) {
    const broken = ruleOf(key, value)
    if (broken === undefined) continue
    const [rule, message] = broken
    return fault(pathOf(key), rule, message, JSON.stringify(value))
  }
  return undefined
}

export function tooManyAttributes(count: number): Fault {
  return fault('', 'maxProperties', `a CloudEvent has at most ${MOST_ATTRIBUTES} attributes`, String(count))
}

function ruleOf(key: string, value: string): readonly [rule: string, message: string] | undefined {
  if (!key.isWellFormed() || !value.isWellFormed())
    return ['not_unicode', 'the text holds half a character (a lone surrogate)']
  if (RESERVED.test(key)) return ['pattern', 'names that begin with goog are kept for Google']
  const keyBytes = Buffer.byteLength(key)
  if (keyBytes > KEY_BYTES) return ['maxLength', `the name has ${keyBytes} bytes, ${KEY_BYTES} is the limit`]
  const valueBytes = Buffer.byteLength(value)
  if (valueBytes > VALUE_BYTES) return ['maxLength', `has ${valueBytes} bytes, ${VALUE_BYTES} is the limit`]
  return undefined
}

function pathOf(key: string): string {
  if (key === 'event_type' || key === 'ce-type') return `/${typeField()}`
  return `/${key.replace(/^ce-/, '').slice(0, KEY_BYTES).toWellFormed()}`
}
