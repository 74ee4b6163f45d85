import { Garbage } from './garbage.ts'

/** MB that the process may grow by before memory is given back. It takes 20 to 60 ms. */
const GROWN_MB = 48

/**
 * Gives the system back what DuckDB's and C's allocators keep. Each statement runs on another of Node's threads, and each thread has memory
 * of its own, where what another one has freed is of no use: three inserts into a table of 9,000 columns left 400 MB.
 */
export class GrownMemory {
  readonly #giveBack: () => Promise<unknown>
  readonly #rss: () => number
  readonly #garbage = new Garbage()
  /** Bytes that the process had when it had least since the last time. */
  #floor: number
  #running: Promise<void> | undefined
  #isClosed = false

  /**
   * @param giveBack has all allocators of the process give back what they keep
   * @param rss the resident memory of the process, in bytes
   */
  constructor(giveBack: () => Promise<unknown>, rss = () => process.memoryUsage.rss()) {
    this.#giveBack = giveBack
    this.#rss = rss
    this.#floor = rss()
  }

  /**
   * To be called behind whatever may have taken much. What fails is a warning: whoever asked has the answer, and the next time tries again.
   */
  giveBackIfGrown(): Promise<void> {
    if (this.#running) return this.#running
    if (this.#isClosed) return Promise.resolve()
    const now = this.#rss()
    if (now < this.#floor) this.#floor = now
    if (now < this.#floor + GROWN_MB * 2 ** 20) return Promise.resolve()
    this.#running = this.#run().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  /** Waits for what is under way, and begins nothing any more: DuckDB ends the process where a connection is closed that still works. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#running
  }

  async #run(): Promise<void> {
    try {
      await this.#garbage.collectYoung()
      await this.#giveBack()
    } catch (error) {
      process.emitWarning(`memory is not given back: ${(error as Error).message}`)
    } finally {
      this.#floor = this.#rss()
    }
  }
}
