import { Bucket } from './bucket.ts'

/** Answers that are late come apart, not all at once: those who hear them send again. */
const LATER_MS = { least: 500, most: 1500 }

/**
 * When an answer is given that costs its sender nothing: at once, as long as there are few; beyond so many a second each about
 * a second late, so that who sends on and on does not keep this process from its work.
 */
export class Pacer {
  readonly #perSecond: number
  readonly #byName = new Map<string, Bucket>()

  constructor(perSecond: number) {
    this.#perSecond = perSecond
  }

  /** Calls `answer` now or later. */
  pace(name: string, answer: () => void): void {
    const now = performance.now()
    let bucket = this.#byName.get(name)
    if (bucket === undefined) {
      bucket = new Bucket(this.#perSecond * 60, this.#perSecond, now)
      this.#byName.set(name, bucket)
    }
    if (bucket.waitFor(1, now) > 0) {
      setTimeout(answer, LATER_MS.least + Math.random() * (LATER_MS.most - LATER_MS.least))
      return
    }
    bucket.spend(1)
    answer()
  }
}
