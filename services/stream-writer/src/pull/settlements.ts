import { setTimeout as sleep } from 'node:timers/promises'
import { backoff, codeOf, type Logger, steadyNow } from '@tablestream/service-kit'
import type { AckIds } from './ack-ids.ts'
import { IdRequests, type IDS_OF, type IdRequest } from './id-requests.ts'

export interface SettlementOptions {
  readonly method: keyof typeof IDS_OF
  /** Resolves once Pub/Sub has heard it. @param ids ack ids as a request of the method brings them, encoded */
  readonly send: (ids: Buffer) => Promise<void>
  readonly logger: Logger
}

/** Messages that end close to each other are told in one request, */
const DELAY_MS = 5
/**
 * and one that is not full goes no sooner than this after the one before. A call costs as much CPU as dozens of events, and nobody
 * waits for it: what landed can be read, and its lease is hundreds of times as long.
 */
const PACE_MS = 50
const IN_FLIGHT = 2
const RETRYING = { firstMs: 100, longestMs: 2000 }
/** No lease is longer: by then all of them have come again. */
const LONGEST_MS = 600_000
/** INVALID_ARGUMENT and NOT_FOUND: the same request gets the same answer. */
const FINAL = new Set<unknown>([3, 5])

/**
 * Tells Pub/Sub what became of messages, by calls of their own whose answers are waited for. What is written on the stream
 * of messages has no answer, and is lost when the stream is already broken and nobody knows it yet; Google's clients
 * gave that up for the same reason (googleapis/google-cloud-java issue 3146).
 */
export class Settlements {
  readonly #options: SettlementOptions
  readonly #waiting: IdRequests
  #inFlight = 0
  #unconfirmed = 0
  #timer: NodeJS.Timeout | undefined
  /** When the last request went, in milliseconds since 1970. */
  #toldAt = 0
  /** What waits has waited long enough: it goes as soon as a request before it is answered. */
  #isDue = false
  #settled: (() => void)[] = []

  constructor(options: SettlementOptions) {
    this.#options = options
    this.#waiting = new IdRequests(options.method)
  }

  /** How many Pub/Sub may not know of yet. */
  get unconfirmed(): number {
    return this.#unconfirmed
  }

  add(ids: AckIds, place: number): void {
    this.#waiting.add(ids, place)
    this.#unconfirmed++
    if (this.#waiting.isFull) this.#flush()
    else this.#timer ??= setTimeout(() => this.#flush(), this.#wait())
  }

  #wait(): number {
    const left = this.#toldAt + PACE_MS - steadyNow()
    // a clock that was set back holds up nobody
    return Math.min(PACE_MS, Math.max(DELAY_MS, left))
  }

  /** Resolves when Pub/Sub knows of all of them. */
  settled(): Promise<void> {
    if (this.#unconfirmed === 0) return Promise.resolve()
    this.#flush()
    return new Promise((resolve) => this.#settled.push(resolve))
  }

  #flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#isDue = true
    while (this.#inFlight < IN_FLIGHT) {
      const request = this.#waiting.shift()
      if (!request) {
        this.#isDue = false
        return
      }
      this.#toldAt = steadyNow()
      void this.#send(request)
    }
  }

  async #send({ ids, count }: IdRequest): Promise<void> {
    const { send, method, logger } = this.#options
    this.#inFlight++
    const last = steadyNow() + LONGEST_MS
    for (let failures = 0; ;) {
      try {
        await send(ids)
        break
      } catch (error) {
        failures++
        if (FINAL.has(codeOf(error)) || steadyNow() > last) {
          logger.error(
            { err: error, method, messages: count },
            'Pub/Sub does not take what became of messages',
          )
          break
        }
        // now and then is a matter of course
        if (failures === 3) logger.warn({ err: error, method, messages: count }, 'Pub/Sub cannot be told yet')
        await sleep(backoff(failures, RETRYING))
      }
    }
    this.#inFlight--
    this.#unconfirmed -= count
    if (this.#isDue || this.#waiting.isFull) this.#flush()
    if (this.#unconfirmed === 0) for (const resolve of this.#settled.splice(0)) resolve()
  }
}
