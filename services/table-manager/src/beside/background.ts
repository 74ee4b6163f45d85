import { setTimeout as sleep } from 'node:timers/promises'

/** What is new in BigQuery may be unknown in places for a while. */
const WAITS_MS = [0, 500, 2000, 10_000, 30_000]
/** What the end of the service leaves it: Cloud Run kills 10 s after SIGTERM, and requests end before this. */
const CLOSE_WITHIN_MS = 3000

export interface BackgroundOptions {
  readonly waitsMs?: readonly number[]
  readonly closeWithinMs?: number
}

/**
 * Work that no event waits for. It is tried again and again for three quarters of a minute; when the service ends, once
 * more and at once. Whatever is not done by then is told as failed: nothing goes without a word.
 */
export class Background {
  readonly #waitsMs: readonly number[]
  readonly #closeWithinMs: number
  readonly #underWay = new Map<Promise<void>, (tooLate: Error) => void>()
  readonly #closing = new AbortController()

  constructor({ waitsMs = WAITS_MS, closeWithinMs = CLOSE_WITHIN_MS }: BackgroundOptions = {}) {
    this.#waitsMs = waitsMs
    this.#closeWithinMs = closeWithinMs
  }

  /** Never rejects: what the last try failed with is told to `failed`. */
  async run(work: () => Promise<unknown>, failed: (error: unknown) => void): Promise<void> {
    const { promise: givenUp, reject: giveUp } = Promise.withResolvers<never>()
    const done = Promise.race([this.#retried(work), givenUp]).catch(failed)
    this.#underWay.set(done, giveUp)
    await done
    this.#underWay.delete(done)
  }

  /** Resolves when all that is under way now is done, or after so many milliseconds. */
  async settled(withinMs: number): Promise<void> {
    if (this.#underWay.size === 0) return
    const enough = new AbortController()
    const late = sleep(withinMs, undefined, { signal: enough.signal }).catch(() => {})
    await Promise.race([Promise.all(this.#underWay.keys()), late])
    enough.abort()
  }

  /** Resolves within a few seconds. */
  async close(): Promise<void> {
    this.#closing.abort()
    const timer = setTimeout(() => {
      for (const giveUp of this.#underWay.values()) giveUp(new Error('the service ended before it was done'))
    }, this.#closeWithinMs)
    await Promise.all(this.#underWay.keys())
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
