import { GoogleError } from '../google-error.ts'

/**
 * Counts the work on something that may be closed at the end of it only. DuckDB ends the process, or never answers, where a connection is
 * closed while statements run on it or wait for it.
 */
export class UnderWay {
  #count = 0
  #isClosing = false
  readonly #ended = Promise.withResolvers<void>()

  /**
   * Work begins at once. While others are at work on the way to the end, what they do beside it begins too.
   *
   * @throws GoogleError UNAVAILABLE where it is closed; whatever the work fails with
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#isClosing && this.#count === 0) throw new GoogleError('UNAVAILABLE', 'local-cloud is closing.')
    this.#count++
    try {
      return await work()
    } finally {
      this.#count--
      if (this.#isClosing && this.#count === 0) this.#ended.resolve()
    }
  }

  /** Ends when nothing is under way; from then on nothing begins. */
  close(): Promise<void> {
    this.#isClosing = true
    if (this.#count === 0) this.#ended.resolve()
    return this.#ended.promise
  }
}
