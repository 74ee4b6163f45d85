/**
 * Finds those that are refused among several that can be asked for together: halves are tried, the first one to its end before the
 * other. How many are asked for at once follows from what was taken lately: where nearly all are refused, each is asked for alone.
 */
export class Sieve {
  /** One of these is refused for certain, or was when they were last asked for. */
  #guilty: ReadonlySet<string>
  #since: number
  #most = Number.POSITIVE_INFINITY
  /** How many were taken at once since one was found. */
  #taken = 0

  /** @param guilty one of these is known to be refused, since that time in milliseconds of the clock */
  constructor(guilty: readonly string[] = [], since = 0) {
    this.#guilty = new Set(guilty)
    this.#since = since
  }

  /** What is to be asked for next of all that are wanted, in their order. */
  next(wanted: readonly string[]): readonly string[] {
    const guilty = wanted.filter((each) => this.#guilty.has(each))
    return guilty.length > 0 ? guilty.slice(0, (guilty.length + 1) >> 1) : wanted.slice(0, this.#most)
  }

  taken(tried: readonly string[]): void {
    const count = tried.length
    const done = new Set(tried)
    this.#taken = Math.max(this.#taken, count)
    this.#most = Math.max(this.#most, 2 * count)
    this.#guilty = new Set([...this.#guilty].filter((each) => !done.has(each)))
  }

  /**
   * These were refused together.
   *
   * @returns of one that was asked for alone, since when it is under suspicion; undefined where they are several
   */
  refused(tried: readonly string[], now: number): number | undefined {
    const [one, ...others] = tried
    const since = one !== undefined && this.#guilty.has(one) ? this.#since : now
    if (others.length > 0) {
      this.#guilty = new Set(tried)
      this.#since = since
      return undefined
    }
    this.#guilty = new Set()
    this.#most = Math.max(1, 2 * this.#taken)
    this.#taken = 0
    return since
  }
}
