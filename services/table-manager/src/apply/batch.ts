import type { ChangeResult } from '../table-change.ts'
import type { WaitingRequest } from './waiting-request.ts'

/** Gives those who wait and are taken; each is asked about once, in their order. */
export type TakeMore = (takes: (request: WaitingRequest) => boolean) => readonly WaitingRequest[]

const MOST_TOGETHER = 1000
/**
 * Each is planned for several times while a change is made, all in one turn of the event loop, and 100 KB take some 10 ms: of large ones
 * there are so many bytes. What is small does not wait for them.
 */
const LARGE_BYTES = 16 << 10
const MOST_LARGE_BYTES = 512 << 10

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
    let count = this.#requests.length
    let large = this.#requests.reduce((sum, request) => sum + largeBytesOf(request), 0)
    const more = this.#more((request) => {
      const bytes = largeBytesOf(request)
      if (count >= MOST_TOGETHER || (bytes > 0 && large >= MOST_LARGE_BYTES)) return false
      count++
      large += bytes
      return true
    })
    this.#requests = [...this.#requests, ...more]
    this.dropSettled()
  }

  dropSettled(): void {
    this.#requests = this.#requests.filter(({ isSettled }) => !isSettled)
  }

  settle(result: ChangeResult): void {
    for (const request of this.#requests) request.settle(result)
    this.dropSettled()
  }

  /** @param isMeant whom this is about; all, where it is left out */
  fail(error: unknown, isMeant: (request: WaitingRequest) => boolean = () => true): void {
    for (const request of this.#requests) if (isMeant(request)) request.fail(error)
    this.dropSettled()
  }
}

function largeBytesOf({ bytes }: WaitingRequest): number {
  return bytes > LARGE_BYTES ? bytes : 0
}
