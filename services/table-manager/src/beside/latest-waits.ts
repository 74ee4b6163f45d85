/**
 * The latest of those that wait, waits for all: who waited before goes. Cloud Run gives an instance CPU while one request is under way,
 * and each that waits holds a place of those that Pub/Sub has under way: 64 places and two seconds each were 32 new tables a second.
 */
export class LatestWaits {
  #release: (() => void) | undefined
  #isEnded = false

  /** Resolves when that has settled, or somebody else waits; at once where nobody waits any longer. */
  async wait(settled: Promise<unknown>): Promise<void> {
    if (this.#isEnded) return
    this.#release?.()
    const { promise: released, resolve } = Promise.withResolvers<void>()
    this.#release = resolve
    await Promise.race([settled, released])
  }

  /** Nobody waits from now on: the service ends, and gives its time to what is being done. */
  end(): void {
    this.#isEnded = true
    this.#release?.()
  }
}
