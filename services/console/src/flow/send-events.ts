import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

export interface SendEventsOptions {
  /** The next event, as JSON is made of it. It is asked when it can be sent, and not before. */
  readonly next: () => object
  readonly everyMs: number
  readonly signal: AbortSignal
}

/**
 * Sends server-sent events until the signal. Who reads slowly gets fewer of them, each as it is by then: what cannot be sent is not
 * made, and nothing heaps up.
 */
export async function sendEvents(
  out: Writable,
  name: string,
  { next, everyMs, signal }: SendEventsOptions,
): Promise<void> {
  while (!signal.aborted) {
    const hasRoom = out.write(`event: ${name}\ndata: ${JSON.stringify(next())}\n\n`)
    // both end with the signal
    if (!hasRoom) await once(out, 'drain', { signal }).catch(() => undefined)
    await sleep(everyMs, undefined, { signal, ref: false }).catch(() => undefined)
  }
}
