/** What is published together: as many as a group has (allowances.ts). */
const TOGETHER = 5

/**
 * Requests whose turn is later: those of a group come one in each turn of the event loop, and everybody else is heard between them. What
 * they publish may wait for each other, and go to Pub/Sub together.
 */
export class SpreadTurns {
  readonly #due: (() => void)[] = []
  #isTimed = false
  /** Those that have begun, and may publish together. */
  #count = 0
  #together: PromiseWithResolvers<void> | undefined

  /** Has it begin in so many milliseconds, or soon after that. */
  after(ms: number, begin: () => void): void {
    setTimeout(() => {
      this.#due.push(begin)
      if (this.#isTimed) return
      this.#isTimed = true
      setImmediate(this.#next)
    }, ms)
  }

  /** When those of a group that are due have begun; undefined: none has. */
  get begun(): Promise<void> | undefined {
    return this.#together?.promise
  }

  readonly #next = (): void => {
    const begin = this.#due.shift()!
    this.#isTimed = this.#due.length > 0
    if (this.#isTimed) setImmediate(this.#next)
    this.#together ??= Promise.withResolvers()
    const isLast = ++this.#count === TOGETHER || !this.#isTimed
    begin()
    // what the last one publishes comes after it has begun
    if (isLast) setImmediate(this.#publish)
  }

  readonly #publish = (): void => {
    this.#together?.resolve()
    this.#together = undefined
    this.#count = 0
  }
}
