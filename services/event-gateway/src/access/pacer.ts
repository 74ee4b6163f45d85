import { Bucket } from './bucket.ts'

/** Answers that are late come apart, not all at once: those who hear them send again, */
const LATER_MS = { least: 500, most: 1500 }
/** and no more than so many of them a second to one caller, unless they would wait for longer than this. */
const LATE_PER_SECOND = 100
const LATEST_MS = 10_000

/**
 * When an answer is given that costs its sender nothing: at once, as long as there are few; beyond so many a second each about
 * a second late, or later, so that who sends on and on does not keep this process from its work.
 */
export class Pacer {
  readonly #perSecond: number
  readonly #byName = new Map<string, { readonly atOnce: Bucket; readonly late: Bucket }>()

  constructor(perSecond: number) {
    this.#perSecond = perSecond
  }

  /** Calls `answer` now or later. */
  pace(name: string, answer: () => void): void {
    const now = performance.now()
    const { atOnce, late } = this.#of(name, now)
    if (atOnce.waitFor(1, now) > 0) {
      const wait = Math.min(late.waitFor(1, now), LATEST_MS)
      // what is no later for it takes nothing from who comes after
      if (wait < LATEST_MS) late.spend(1)
      setTimeout(answer, wait + LATER_MS.least + Math.random() * (LATER_MS.most - LATER_MS.least))
      return
    }
    atOnce.spend(1)
    answer()
  }

  #of(name: string, now: number) {
    const known = this.#byName.get(name)
    if (known) return known
    const made = {
      atOnce: new Bucket(this.#perSecond * 60, this.#perSecond, now),
      late: new Bucket(LATE_PER_SECOND * 60, LATE_PER_SECOND, now),
    }
    this.#byName.set(name, made)
    return made
  }
}
