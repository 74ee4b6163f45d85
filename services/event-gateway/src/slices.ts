import { setImmediate as turn } from 'node:timers/promises'

/** Milliseconds of work at a time. */
const SLICE_MS = 0.4

/** Long work, a little at a time: between two slices whoever else works in this thread has a turn, and other threads may have the core. */
export class Slices {
  readonly #rest: () => void
  #until = performance.now() + SLICE_MS

  /** @param rest lets other threads go first */
  constructor(rest: () => void = () => undefined) {
    this.#rest = rest
  }

  /** Whether others are due: `await slices.next()` then. */
  get isOver(): boolean {
    return performance.now() > this.#until
  }

  async next(): Promise<void> {
    this.#rest()
    await turn()
    this.#until = performance.now() + SLICE_MS
  }
}
