import { FairQueue } from '@tablestream/service-kit'

/** So many bytes of bodies are read in one turn of the event loop. */
const TURN_BYTES = 131_072

/**
 * Whose turn it is to read on. The kernel holds some megabytes of what a fast sender sent, and libuv reads up to 2 MB of a connection in
 * one go: with a few such senders everybody else waits for all of them, each time. Here they read a little, one after the other: caller by
 * caller, however many connections one of them has.
 */
export class ReadTurns {
  readonly #waiting = new FairQueue<() => void>()
  readonly #next: (turn: () => void) => void
  readonly #turnBytes: number
  #bytes = 0
  #isTimed = false

  /** @param next when the next turn is: as soon as the event loop has been to everybody, where nothing is said */
  constructor(next: (turn: () => void) => void = setImmediate, turnBytes = TURN_BYTES) {
    this.#next = next
    this.#turnBytes = turnBytes
  }

  /**
   * Notes what was read in this turn.
   *
   * @param readOn is called when it is the reader's turn again
   * @returns whether the reader must wait for it
   */
  mustWait(caller: string, bytes: number, readOn: () => void): boolean {
    this.#bytes += bytes
    this.#atNext()
    if (this.#bytes <= this.#turnBytes) return false
    this.#waiting.push(caller, readOn)
    return true
  }

  #atNext(): void {
    if (this.#isTimed) return
    this.#isTimed = true
    this.#next(() => {
      this.#isTimed = false
      this.#bytes = 0
      const readOn = this.#waiting.shift()
      if (readOn === undefined) return
      this.#atNext()
      readOn()
    })
  }
}
