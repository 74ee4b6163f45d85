import type { OutgoingMessage } from './publisher.ts'

/** Sends one request; gives the ids in the order of the messages. */
export type SendBatch = (messages: readonly OutgoingMessage[]) => Promise<readonly string[]>

/** Pub/Sub takes 1,000 messages and 10 MB a request (cloud.google.com/pubsub/quotas). */
const MOST_MESSAGES = 1000
const MOST_BYTES = 9_000_000
/** What a message takes beside its data, about: its attributes. */
const ATTRIBUTES_BYTES = 500
/** Requests under way at a time. */
const IN_FLIGHT = 4
/** While so many are under way, what is little waits for the next answer. */
const ENOUGH = 3

/** The messages of one call, which may go in several requests, with those of other calls. */
interface Parcel {
  readonly ids: string[]
  left: number
  readonly resolve: (ids: string[]) => void
  readonly reject: (error: unknown) => void
}

interface Waiting {
  readonly message: OutgoingMessage
  readonly parcel: Parcel
  readonly place: number
}

/**
 * Makes requests of messages. A message waits for no timer: it goes with what came in the same turn of the event loop, or,
 * while several requests are under way, with what comes until the next answer. Load makes batches large by itself.
 */
export class Batches {
  readonly #send: SendBatch
  #waiting: Waiting[] = []
  #waitingBytes = 0
  #inFlight = 0
  #flushing = false
  #settled: (() => void)[] = []

  constructor(send: SendBatch) {
    this.#send = send
  }

  publish(messages: readonly OutgoingMessage[]): Promise<string[]> {
    if (messages.length === 0) return Promise.resolve([])
    return new Promise((resolve, reject) => {
      const parcel: Parcel = { ids: [], left: messages.length, resolve, reject }
      messages.forEach((message, place) => {
        this.#waiting.push({ message, parcel, place })
        this.#waitingBytes += bytesOf(message)
      })
      if (this.#flushing) return
      this.#flushing = true
      setImmediate(() => {
        this.#flushing = false
        this.#flush()
      })
    })
  }

  /** Resolves once nothing waits and nothing is under way. */
  settled(): Promise<void> {
    if (this.#inFlight === 0 && this.#waiting.length === 0) return Promise.resolve()
    return new Promise((resolve) => this.#settled.push(resolve))
  }

  #flush(): void {
    while (this.#waiting.length > 0 && this.#inFlight < IN_FLIGHT) {
      const isLittle =
        this.#waiting.length < MOST_MESSAGES / IN_FLIGHT && this.#waitingBytes < MOST_BYTES / IN_FLIGHT
      if (this.#inFlight >= ENOUGH && isLittle) return
      void this.#run(this.#take())
    }
  }

  #take(): Waiting[] {
    let bytes = 0
    let count = 0
    for (const { message } of this.#waiting) {
      const size = bytesOf(message)
      if (count > 0 && (bytes + size > MOST_BYTES || count === MOST_MESSAGES)) break
      bytes += size
      count++
    }
    this.#waitingBytes -= bytes
    return this.#waiting.splice(0, count)
  }

  async #run(batch: readonly Waiting[]): Promise<void> {
    this.#inFlight++
    try {
      const ids = await this.#send(batch.map(({ message }) => message))
      if (ids.length !== batch.length)
        throw new Error(`Pub/Sub answered ${ids.length} ids for ${batch.length} messages`)
      batch.forEach(({ parcel, place }, index) => {
        parcel.ids[place] = ids[index]!
        if (--parcel.left === 0) parcel.resolve(parcel.ids)
      })
    } catch (error) {
      // the other messages of a call may be in: whoever sends them again makes duplicates of those
      for (const { parcel } of batch) parcel.reject(error)
    }
    this.#inFlight--
    this.#flush()
    if (this.#inFlight > 0 || this.#waiting.length > 0) return
    for (const resolve of this.#settled.splice(0)) resolve()
  }
}

function bytesOf({ data }: OutgoingMessage): number {
  return data.length + ATTRIBUTES_BYTES
}
