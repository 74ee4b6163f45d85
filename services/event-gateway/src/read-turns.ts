/** So many bytes of bodies are read in one turn of the event loop. */
const TURN_BYTES = 131_072

/**
 * Whose turn it is to read on. The kernel holds some megabytes of what a fast sender sent, and libuv reads up to 2 MB of a connection in
 * one go: with a few such senders everybody else waits for all of them, each time. Here they read a little, one after the other.
 */
export class ReadTurns {
  readonly #waiting: (() => void)[] = []
  #bytes = 0
  #isTimed = false

  /**
   * Notes what was read in this turn.
   *
   * @param readOn is called when it is the reader's turn again
   * @returns whether the reader must wait for it
   */
  mustWait(bytes: number, readOn: () => void): boolean {
    this.#bytes += bytes
    this.#atNext()
    if (this.#bytes <= TURN_BYTES) return false
    this.#waiting.push(readOn)
    return true
  }

  #atNext(): void {
    if (this.#isTimed) return
    this.#isTimed = true
    setImmediate(() => {
      this.#isTimed = false
      this.#bytes = 0
      const readOn = this.#waiting.shift()
      if (readOn === undefined) return
      this.#atNext()
      readOn()
    })
  }
}
