import type { WaitingRequest } from './waiting-request.ts'

/** Gives up to so many of those who wait. */
export type TakeMore = (room: number) => readonly WaitingRequest[]

const MOST_TOGETHER = 1000

/** Events whose change is made together. */
export class Batch {
  #requests: readonly WaitingRequest[] = []
  readonly #more: TakeMore

  /** @param more whom it takes in on its way */
  constructor(more: TakeMore) {
    this.#more = more
  }

  get requests(): readonly WaitingRequest[] {
    return this.#requests
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

  /** @param isMeant whom this is about; all, where it is left out */
  fail(error: unknown, isMeant: (request: WaitingRequest) => boolean = () => true): void {
    for (const request of this.#requests) if (isMeant(request)) request.fail(error)
    this.dropSettled()
  }
}
