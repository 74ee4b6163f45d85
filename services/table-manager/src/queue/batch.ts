import type { WaitingRequest } from './waiting-request.ts'

/** Gives up to so many of those who wait. */
export type TakeMore = (room: number) => readonly WaitingRequest[]

const MOST_TOGETHER = 1000
const NOBODY: TakeMore = () => []

/** Events whose change is made together. */
export class Batch {
  /** The step that was refused for it, by its key, */
  readonly refused: string | undefined
  /** and when that may be asked for again, in milliseconds of the clock. */
  readonly notBefore: number
  #requests: readonly WaitingRequest[]
  readonly #more: TakeMore

  /** @param more whom it takes in on its way; a part of a batch that was refused takes nobody in */
  constructor(requests: readonly WaitingRequest[], more: TakeMore = NOBODY, refused?: string, notBefore = 0) {
    this.#requests = requests
    this.#more = more
    this.refused = refused
    this.notBefore = notBefore
  }

  get requests(): readonly WaitingRequest[] {
    return this.#requests
  }

  /** Whether it takes nobody in. */
  get isPart(): boolean {
    return this.#more === NOBODY
  }

  get isEmpty(): boolean {
    return this.#requests.length === 0
  }

  /** Takes in those who came meanwhile. */
  gather(): void {
    this.#requests = [...this.#requests, ...this.#more(MOST_TOGETHER - this.#requests.length)]
    this.dropSettled()
  }

  dropSettled(): void {
    this.#requests = this.#requests.filter(({ isSettled }) => !isSettled)
  }

  fail(error: unknown): void {
    for (const request of this.#requests) request.fail(error)
    this.#requests = []
  }

  /** It is asked for again, then and with nobody else. */
  later(refused: string, notBefore: number): Batch {
    return new Batch(this.#requests, NOBODY, refused, notBefore)
  }

  /** What was refused for several is tried for half of them. */
  halves(): readonly [Batch, Batch] {
    const half = this.#requests.length >> 1
    return [new Batch(this.#requests.slice(0, half)), new Batch(this.#requests.slice(half))]
  }
}
