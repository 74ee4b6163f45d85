import { setTimeout as sleep } from 'node:timers/promises'
import { backoff } from '../backoff.ts'
import type { OutgoingMessage } from './event-message.ts'
import { codeOf } from '../google-errors.ts'
import { steadyNow } from '../steady-now.ts'

/** One try: rejects with gRPC's code. */
export type TryPublish = (messages: readonly OutgoingMessage[], tryMs: number) => Promise<readonly string[]>

/** What may pass by itself: gRPC's CANCELLED, UNKNOWN, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED, INTERNAL, UNAVAILABLE. */
const PASSING = new Set<unknown>([1, 2, 4, 8, 10, 13, 14])
/** The one of them that says that nothing was done. */
const RESOURCE_EXHAUSTED = 8
/** Cloud Run ends a request after 60 s: who waits for this one is told before. The client's own number is 600 s. */
const LONGEST_MS = 25_000
const LONGEST_TRY_MS = 10_000
const RETRYING = { firstMs: 100, longestMs: 5000 }
/** Pub/Sub takes no more attributes (cloud.google.com/pubsub/quotas). */
const MOST_ATTRIBUTES = 100
/** Tells who writes the event that it may have been written before: see docs/decisions/0013-asking-the-table.md. */
const PUBLISHED_AGAIN = 'published-again'

/**
 * Publishes, and tries again what may pass: the only place that says how long and how often. A try without an answer may have
 * been heard, so that messages are there twice, with other ids: those of the next try say so. The client's own tries could not.
 */
export async function publishSurely(
  tryPublish: TryPublish,
  messages: readonly OutgoingMessage[],
  longestMs = LONGEST_MS,
): Promise<readonly string[]> {
  const last = steadyNow() + longestMs
  let sent = messages
  for (let failures = 1; ; failures++) {
    try {
      return await tryPublish(sent, Math.min(LONGEST_TRY_MS, Math.max(1, last - steadyNow())))
    } catch (error) {
      const code = codeOf(error)
      const wait = backoff(failures, RETRYING)
      if (!PASSING.has(code) || steadyNow() + wait >= last) throw error
      if (code !== RESOURCE_EXHAUSTED) sent = messages.map(marked)
      await sleep(wait)
    }
  }
}

function marked(message: OutgoingMessage): OutgoingMessage {
  const { attributes } = message
  if (Object.keys(attributes).length >= MOST_ATTRIBUTES) return message
  return { ...message, attributes: { ...attributes, [PUBLISHED_AGAIN]: 'true' } }
}
