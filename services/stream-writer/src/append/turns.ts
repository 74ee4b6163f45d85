import { FairQueue } from '@tablestream/service-kit'

/** Lets so much work be under way at once; the rest waits for its turn, in its order, those of one source after those of another. */
export class Turns {
  readonly #most: number
  #running = 0
  readonly #waiting = new FairQueue<() => void>()

  constructor(most: number) {
    this.#most = most
  }

  async take<T>(work: () => Promise<T>, source = ''): Promise<T> {
    if (this.#running === this.#most)
      await new Promise<void>((resolve) => this.#waiting.push(source, resolve))
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
