import { setTimeout as sleep } from 'node:timers/promises'

/** What is new in BigQuery may be unknown in places for a while. */
const WAITS_MS = [0, 500, 2000, 10_000, 30_000]
/** What the end of the service leaves it: Cloud Run kills 10 s after SIGTERM, and requests end before this. */
const CLOSE_WITHIN_MS = 3000

export interface BackgroundOptions {
  readonly waitsMs?: readonly number[]
  readonly closeWithinMs?: number
}

interface UnderWay {
  /** Never rejects. */
  readonly done: Promise<void>
  readonly giveUp: (tooLate: Error) => void
}

interface Waiter {
  readonly last: number
  readonly go: () => void
}

/**
 * Work that no event waits for. It is tried again and again for three quarters of a minute; when the service ends, once
 * more and at once. Whatever is not done by then is told as failed: nothing goes without a word.
 */
export class Background {
  readonly #waitsMs: readonly number[]
  readonly #closeWithinMs: number
  /** What is under way by the order in which it began, the oldest first. */
  readonly #underWay = new Map<number, UnderWay>()
  #begun = 0
  /** Who waits for all that began until then, the first first. */
  readonly #waiting = new Set<Waiter>()
  readonly #closing = new AbortController()

  constructor({ waitsMs = WAITS_MS, closeWithinMs = CLOSE_WITHIN_MS }: BackgroundOptions = {}) {
    this.#waitsMs = waitsMs
    this.#closeWithinMs = closeWithinMs
  }

  /** Never rejects: what the last try failed with is told to `failed`. */
  async run(work: () => Promise<unknown>, failed: (error: unknown) => void): Promise<void> {
    const { promise: givenUp, reject: giveUp } = Promise.withResolvers<never>()
    const done = Promise.race([this.#retried(work), givenUp]).catch(failed)
    const number = ++this.#begun
    this.#underWay.set(number, { done, giveUp })
    await done
    this.#underWay.delete(number)
    this.#wake()
  }

  /** Resolves when all that is under way now is done, or after so many milliseconds. */
  async settled(withinMs: number): Promise<void> {
    if (this.#underWay.size === 0) return
    // not by the promises of all: where thousands of tables begin, thousands wait for thousands of views, and each pair takes memory
    const { promise, resolve } = Promise.withResolvers<void>()
    const waiter: Waiter = { last: this.#begun, go: resolve }
    this.#waiting.add(waiter)
    const timer = setTimeout(resolve, withinMs)
    await promise
    clearTimeout(timer)
    this.#waiting.delete(waiter)
  }

  #wake(): void {
    const [oldest = Number.POSITIVE_INFINITY] = this.#underWay.keys()
    for (const { last, go } of this.#waiting) {
      if (last >= oldest) return
      go()
    }
  }

  /** Resolves within a few seconds. */
  async close(): Promise<void> {
    this.#closing.abort()
    const timer = setTimeout(() => {
      for (const { giveUp } of this.#underWay.values())
        giveUp(new Error('the service ended before it was done'))
    }, this.#closeWithinMs)
    await Promise.all(this.#underWay.values().map(({ done }) => done))
    clearTimeout(timer)
  }

  async #retried(work: () => Promise<unknown>): Promise<void> {
    let problem: unknown
    for (const wait of this.#waitsMs) {
      await sleep(wait, undefined, { signal: this.#closing.signal }).catch(() => {})
      const isLast = this.#closing.signal.aborted
      try {
        await work()
        return
      } catch (error) {
        problem = error
      }
      if (isLast) break
    }
    throw problem
  }
}
