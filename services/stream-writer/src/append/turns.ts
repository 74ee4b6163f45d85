/** Lets so much work be under way at once; the rest waits for its turn, in its order. */
export class Turns {
  readonly #most: number
  #running = 0
  readonly #waiting: (() => void)[] = []

  constructor(most: number) {
    this.#most = most
  }

  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running === this.#most) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#running++
    try {
      return await work()
    } finally {
      // the turn goes on to the next one, so that nobody comes in between
      const next = this.#waiting.shift()
      if (next) next()
      else this.#running--
    }
  }
}
