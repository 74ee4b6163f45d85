import { FairQueue } from '@tablestream/service-kit'

/** Does its first part, and gives the next one; undefined: that was all. */
export type Work = () => Work | undefined

/** Has work done later, a part in each turn of the event loop. @param source in whose turn it is (`turnOf`) */
export type Later = (work: Work, source: string) => void

/**
 * Long work, a part in each turn of the event loop: between two of them everybody else is heard. Immediates of Node would all come in one
 * turn. Of several works one is done after the other, source by source: who brings much keeps nobody else from a turn. A work that is
 * begun is ended first: what it holds between its parts is there once.
 */
export class LongWork {
  readonly #failed: (error: unknown) => void
  readonly #waiting = new FairQueue<Work>()
  #begun: Work | undefined
  #isTimed = false

  /** @param failed is told what a work throws */
  constructor(failed: (error: unknown) => void) {
    this.#failed = failed
  }

  readonly later: Later = (work, source) => {
    this.#waiting.push(source, work)
    this.#atNextTurn()
  }

  #atNextTurn(): void {
    if (this.#isTimed || (this.#begun === undefined && this.#waiting.size === 0)) return
    this.#isTimed = true
    setImmediate(() => {
      this.#isTimed = false
      const work = this.#begun ?? this.#waiting.shift()
      this.#begun = undefined
      try {
        this.#begun = work?.()
      } catch (error) {
        this.#failed(error)
      }
      this.#atNextTurn()
    })
  }
}

/** Does work a part in each turn, and knows of no other work. */
export const soon: Later = (work) => {
  setImmediate(() => {
    const next = work()
    if (next) soon(next, '')
  })
}

/** Does all of it at once. */
export const atOnce: Later = (work) => {
  let next: Work | undefined = work
  while (next) next = next()
}
