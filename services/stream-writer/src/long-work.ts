/** Does a piece of work later. */
export type Later = (work: () => void) => void

/**
 * Pieces of long work, one in each turn of the event loop, whoever brings them: between two of them everybody else is heard. Immediates
 * of Node would all come in one turn.
 */
export class LongWork {
  readonly #failed: (error: unknown) => void
  #waiting: (() => void)[] = []
  #isTimed = false

  /** @param failed is told what a piece of work throws */
  constructor(failed: (error: unknown) => void) {
    this.#failed = failed
  }

  readonly later: Later = (work) => {
    this.#waiting.push(work)
    this.#atNextTurn()
  }

  #atNextTurn(): void {
    if (this.#isTimed || this.#waiting.length === 0) return
    this.#isTimed = true
    setImmediate(() => {
      this.#isTimed = false
      const work = this.#waiting.shift()
      this.#atNextTurn()
      try {
        work?.()
      } catch (error) {
        this.#failed(error)
      }
    })
  }
}
