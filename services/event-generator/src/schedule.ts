/** A stretch of time with one rate. */
export interface Phase {
  readonly seconds: number
  readonly eventsPerSecond: number
}

/** How many events are due when: the phases one after the other. */
export class Schedule {
  readonly #phases: readonly Phase[]

  constructor(phases: readonly Phase[]) {
    this.#phases = phases
  }

  get seconds(): number {
    return this.#phases.reduce((sum, { seconds }) => sum + seconds, 0)
  }

  /** Events a second of the busiest phase. */
  get most(): number {
    return Math.max(0, ...this.#phases.map(({ eventsPerSecond }) => eventsPerSecond))
  }

  /** Events from beginning to end. */
  get total(): number {
    return this.due(Number.POSITIVE_INFINITY)
  }

  /** Events that are due so many seconds after the beginning. */
  due(after: number): number {
    let left = after
    let events = 0
    for (const { seconds, eventsPerSecond } of this.#phases) {
      events += Math.min(left, seconds) * eventsPerSecond
      left -= seconds
      if (left <= 0) break
    }
    // a sum of fractions may lack the last bit of a whole number
    return Math.floor(events + 1e-6)
  }

  /** Events a second that are asked for at this moment. */
  rateAt(after: number): number {
    let left = after
    for (const { seconds, eventsPerSecond } of this.#phases) {
      if (left < seconds) return eventsPerSecond
      left -= seconds
    }
    return 0
  }
}
