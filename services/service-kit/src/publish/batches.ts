import { codeOf } from '../google-errors.ts'
import { MessageRefused } from './message-refused.ts'
import type { OutgoingMessage } from './event-message.ts'

/** Sends one request; gives the ids in the order of the messages. */
export type SendBatch = (messages: readonly OutgoingMessage[]) => Promise<readonly string[]>

/** Pub/Sub takes 1,000 messages and 10 MB a request (cloud.google.com/pubsub/quotas). */
const MOST_MESSAGES = 1000
const MOST_BYTES = 9_000_000
/** What the wire adds to a message and to each of its attributes, at most: tags and lengths. */
const FRAME_BYTES = 16
/** Requests under way at a time. */
const IN_FLIGHT = 4
/** While so many are under way, what is little waits for the next answer. */
const ENOUGH = 3
/** How gRPC says that the request itself is wrong. */
const INVALID_ARGUMENT = 3

/** The messages of one call, which may go in several requests, with those of other calls. */
interface Parcel {
  readonly ids: string[]
  left: number
  readonly resolve: (ids: string[]) => void
  readonly reject: (error: unknown) => void
}

interface Waiting {
  readonly message: OutgoingMessage
  readonly bytes: number
  readonly parcel: Parcel
  readonly place: number
}

/**
 * Makes requests of messages. A message waits for no timer: it goes with what came in the same turn of the event loop, or,
 * while several requests are under way, with what comes until the next answer. Load makes batches large by itself.
 *
 * A request that Pub/Sub refuses for what is in it is halved until the call that brought it stands alone: only that one fails.
 */
export class Batches {
  readonly #send: SendBatch
  readonly #mostMessages: number
  readonly #rest: () => void
  #waiting: Waiting[] = []
  #waitingBytes = 0
  #inFlight = 0
  #flushing = false
  #settled: (() => void)[] = []

  /** @param rest is called before each request: to encode it is long work, where nobody may be kept waiting */
  constructor(send: SendBatch, mostMessages = MOST_MESSAGES, rest: () => void = () => undefined) {
    this.#send = send
    this.#mostMessages = mostMessages
    this.#rest = rest
  }

  publish(messages: readonly OutgoingMessage[]): Promise<string[]> {
    if (messages.length === 0) return Promise.resolve([])
    return new Promise((resolve, reject) => {
      const parcel: Parcel = { ids: [], left: messages.length, resolve, reject }
      messages.forEach((message, place) => {
        const bytes = bytesOf(message)
        this.#waiting.push({ message, bytes, parcel, place })
        this.#waitingBytes += bytes
      })
      if (this.#flushing) return
      this.#flushing = true
      setImmediate(() => {
        this.#flushing = false
        this.#flush()
      })
    })
  }

  get #isIdle(): boolean {
    return this.#inFlight === 0 && this.#waiting.length === 0
  }

  /** Resolves once nothing waits and nothing is under way. */
  settled(): Promise<void> {
    if (this.#isIdle) return Promise.resolve()
    return new Promise((resolve) => this.#settled.push(resolve))
  }

  #flush(): void {
    while (this.#waiting.length > 0 && this.#inFlight < IN_FLIGHT) {
      const isLittle =
        this.#waiting.length < this.#mostMessages / IN_FLIGHT && this.#waitingBytes < MOST_BYTES / IN_FLIGHT
      if (this.#inFlight >= ENOUGH && isLittle) return
      void this.#run(this.#take())
    }
  }

  #take(): Waiting[] {
    let bytes = 0
    let count = 0
    for (const waiting of this.#waiting) {
      if (count > 0 && (bytes + waiting.bytes > MOST_BYTES || count === this.#mostMessages)) break
      bytes += waiting.bytes
      count++
    }
    this.#waitingBytes -= bytes
    return this.#waiting.splice(0, count)
  }

  async #run(batch: readonly Waiting[]): Promise<void> {
    this.#inFlight++
    await this.#deliver(batch)
    this.#inFlight--
    this.#flush()
    if (!this.#isIdle) return
    for (const resolve of this.#settled.splice(0)) resolve()
  }

  async #deliver(batch: readonly Waiting[]): Promise<void> {
    try {
      this.#rest()
      const ids = await this.#send(batch.map(({ message }) => message))
      if (ids.length !== batch.length)
        throw new Error(`Pub/Sub answered ${ids.length} ids for ${batch.length} messages`)
      batch.forEach(({ parcel, place }, index) => {
        parcel.ids[place] = ids[index]!
        if (--parcel.left === 0) parcel.resolve(parcel.ids)
      })
    } catch (error) {
      await this.#failed(batch, error)
    }
  }

  async #failed(batch: readonly Waiting[], error: unknown): Promise<void> {
    const isRefused = codeOf(error) === INVALID_ARGUMENT
    const second = isRefused ? secondHalf(batch) : 0
    if (second > 0) {
      // Pub/Sub takes all of a request or nothing of it
      await this.#deliver(batch.slice(0, second))
      await this.#deliver(batch.slice(second))
      return
    }
    const told = isRefused ? new MessageRefused(error) : error
    // the other messages of a call may be in: whoever sends them again makes duplicates of those
    for (const { parcel } of batch) parcel.reject(told)
  }
}

/** Where the second half begins, between two calls; 0: there is only one. */
function secondHalf(batch: readonly Waiting[]): number {
  const starts = batch.flatMap(({ parcel }, index) =>
    index > 0 && parcel !== batch[index - 1]!.parcel ? [index] : [],
  )
  return starts[starts.length >> 1] ?? 0
}

/** At most: a character has 3 bytes in UTF-8, or 4 where it is two of JavaScript's. To count them would take longer than to send them. */
function bytesOf({ data, attributes }: OutgoingMessage): number {
  let characters = 0
  let bytes = data.length + FRAME_BYTES
  for (const key in attributes) {
    characters += key.length + attributes[key]!.length
    bytes += FRAME_BYTES
  }
  return bytes + characters * 3
}
