import { judge, type Envelope, type Message } from '@tablestream/contract'
import { NO_ENTRY, type Entry } from './entry.ts'
import type { EventRow } from '../row/compile-byte-path.ts'
import { NO_CHUNK, releaseRow } from '../row/row-chunk.ts'
import type { LeaseBatch } from '../pull/lease.ts'
import type { LeasedMessage } from '../pull/pull-stream.ts'
import type { Wish } from '../asking/wish.ts'

/**
 * A message on its way to its end. The event itself is not part of it: it is read again in the rare case that it must be
 * encoded again, so that its many small objects are gone at once.
 */
export interface Item extends LeasedMessage, EventRow {
  message: Message
  /** What stands for its key in the window. */
  entry: Entry
  eventType: string
  table: string
  /** Milliseconds since 1970: when it stops waiting for its table or column. */
  readonly deadline: number
  /** What came with the key of this one while it was on its way: with the same bytes it shares its end. */
  twins: Item[] | undefined
  /** What it waits for, where it is known. */
  wish: Wish | undefined
}

/** An item of which nothing is known but how it came. */
export function newItem(
  message: Message,
  deliveryAttempt: number,
  lease: LeaseBatch,
  place: number,
  deadline: number,
): Item {
  return {
    message,
    deliveryAttempt,
    lease,
    place,
    deadline,
    entry: NO_ENTRY,
    eventType: '',
    table: '',
    twins: undefined,
    wish: undefined,
    chunk: NO_CHUNK,
    from: 0,
    to: 0,
    low: 0,
    high: 0,
  }
}

/** The event of an item, read once more. */
export function envelopeOf({ message }: Item): Envelope {
  const verdict = judge(message)
  if (verdict.outcome === 'event') return verdict
  throw new Error(`message ${message.messageId} was an event before, and is none now`)
}

/** Gives the item a message of its own: what waits must not keep the whole response alive that it came in, or other rows. */
export function standAlone(item: Item): void {
  const { data, attributes, messageId, publishTime } = item.message
  // what waits a second time has memory of its own already
  const isAlone = data.byteLength === data.buffer.byteLength
  item.message = { data: isAlone ? data : Buffer.from(data), attributes, messageId, publishTime }
  releaseRow(item)
}
