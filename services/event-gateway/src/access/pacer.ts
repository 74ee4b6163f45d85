import { Bucket } from './bucket.ts'

/** Answers that are late come apart, not all at once: those who hear them send again, */
const LATER_MS = { least: 500, most: 1500 }
/** and, where that is limited, no more than so many a second, unless they would wait for longer than this. */
const LATEST_MS = 10_000

/**
 * When an answer is given that costs its sender nothing: at once, as long as there are few; beyond so many a second each about
 * a second late, or later, so that who sends on and on does not keep this process from its work.
 */
export class Pacer {
  readonly #perSecond: number
  readonly #latePerSecond: number | undefined
  readonly #byName = new Map<string, { readonly atOnce: Bucket; readonly late: Bucket | undefined }>()

  /**
   * @param perSecond answers that one caller is given at once
   * @param latePerSecond and late; absent: as many as there are
   */
  constructor(perSecond: number, latePerSecond?: number) {
    this.#perSecond = perSecond
    this.#latePerSecond = latePerSecond
  }

  /** Calls `answer` now or later. */
  pace(name: string, answer: () => void): void {
    const now = performance.now()
    const { atOnce, late } = this.#of(name, now)
    if (atOnce.waitFor(1, now) > 0) {
      const wait = Math.min(late?.waitFor(1, now) ?? 0, LATEST_MS)
      // what is no later for it takes nothing from who comes after
      if (wait < LATEST_MS) late?.spend(1)
      setTimeout(answer, wait + LATER_MS.least + Math.random() * (LATER_MS.most - LATER_MS.least))
      return
    }
    atOnce.spend(1)
    answer()
  }

  #of(name: string, now: number) {
    const known = this.#byName.get(name)
    if (known) return known
    const bucketOf = (perSecond: number) => new Bucket(perSecond * 60, perSecond, now)
    const made = {
      atOnce: bucketOf(this.#perSecond),
      late: this.#latePerSecond === undefined ? undefined : bucketOf(this.#latePerSecond),
    }
    this.#byName.set(name, made)
    return made
  }
}
