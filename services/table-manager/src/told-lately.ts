import { steadyNow } from '@tablestream/service-kit'

/** A stream-writer asks ten times in an hour for what an event waits for. */
const HOLDS_MS = 600_000
const MOST = 1000

/** What was said a while ago: a mistake of the configuration is said once for many requests, and not for each. */
export class ToldLately {
  readonly #at = new Map<string, number>()
  readonly #now: () => number

  /** @param now milliseconds of a clock that only goes on */
  constructor(now = steadyNow) {
    this.#now = now
  }

  /** Whether it is to be said; then it was said. */
  isDue(what: string): boolean {
    const now = this.#now()
    const at = this.#at.get(what)
    if (at !== undefined && now - at < HOLDS_MS) return false
    // what was said first is forgotten first
    this.#at.delete(what)
    if (this.#at.size >= MOST) this.#at.delete(this.#at.keys().next().value!)
    this.#at.set(what, now)
    return true
  }
}
