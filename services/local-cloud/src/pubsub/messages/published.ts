import type { IdRange } from './message-ids.ts'
import { StoredMessage } from './stored-message.ts'

/** Bodies of messages in the bytes that came: `places` has the start and the end of each. */
export interface Bodies {
  readonly bytes: Buffer
  readonly places: readonly number[]
}

export function bodiesOf(parts: readonly Buffer[]): Bodies {
  const places: number[] = []
  let at = 0
  for (const { length } of parts) places.push(at, (at += length))
  return { bytes: Buffer.concat(parts), places }
}

/**
 * Messages that were published together. Each becomes an object when somebody takes it: millions that wait would else keep the garbage
 * collector busy.
 */
export class Published implements Iterable<StoredMessage> {
  readonly ids: IdRange
  /** Milliseconds since 1970. */
  readonly publishTime: number
  readonly #bodies: Bodies

  /** @param ids as many as there are bodies */
  constructor(ids: IdRange, publishTime: number, bodies: Bodies) {
    this.ids = ids
    this.publishTime = publishTime
    this.#bodies = bodies
  }

  get length(): number {
    return this.ids.count
  }

  /** A new object each time. */
  at(index: number): StoredMessage {
    const { bytes, places } = this.#bodies
    const [start, end] = [places[index * 2], places[index * 2 + 1]]
    return new StoredMessage(this.ids.at(index), this.publishTime, bytes, start, end)
  }

  /** One of them alone. */
  only(index: number): Published {
    const { bytes, places } = this.#bodies
    const own = { bytes, places: places.slice(index * 2, index * 2 + 2) }
    return new Published(this.ids.slice(index, index + 1), this.publishTime, own)
  }

  *[Symbol.iterator](): Generator<StoredMessage> {
    for (let index = 0; index < this.length; index++) yield this.at(index)
  }
}
