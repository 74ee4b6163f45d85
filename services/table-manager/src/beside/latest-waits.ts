/**
 * The latest of those that wait, waits for all: who waited before goes. Cloud Run gives an instance CPU while one request is under way,
 * and each that waits holds a place of those that Pub/Sub has under way: 64 places and two seconds each were 32 new tables a second.
 */
export class LatestWaits {
  #release: (() => void) | undefined

  /** Resolves when that has settled, or somebody else waits. */
  async wait(settled: Promise<unknown>): Promise<void> {
    this.#release?.()
    const { promise: released, resolve } = Promise.withResolvers<void>()
    this.#release = resolve
    await Promise.race([settled, released])
  }

  /** Nobody waits any longer: the service ends, and gives its time to what is being done. */
  end(): void {
    this.#release?.()
  }
}
