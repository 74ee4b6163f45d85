import type { Publisher } from '@tablestream/service-kit'
import { answerText } from './answer-text.ts'
import type { EventRequest, Outcome } from './judge/event-request.ts'
import { SliceTurns } from './slices.ts'
import { MOST_EVENTS } from './judge/split-events.ts'
import { judgeLarge, publishLarge } from './take-request.ts'
import { CallerTurns } from './access/caller-turns.ts'

/** A request that is more than one small event. */
export interface BulkRequest extends EventRequest {
  /** The body in pieces, as it came: it may be packed. */
  readonly pieces: readonly Uint8Array[]
}

/** What became of it: the body of the answer is written already. */
export interface BulkOutcome extends Omit<Outcome, 'answer'> {
  readonly text: Uint8Array<ArrayBuffer>
}

/** Takes requests that are large, or may become so: judges them, publishes what they hold and says what became of them. */
export interface Bulk {
  /**
   * @param begins is told, when it is the request's turn, how many bytes its answer may have. It throws where there is no room for these:
   * then nothing of the request is taken
   */
  take(request: BulkRequest, begins?: (answerBytes: number) => void): Promise<BulkOutcome>
  close(): Promise<void>
}

/** By the door of its type an event may be `{}`, and the comma or the line's end behind it. */
const LEAST_EVENT = 3
/** What an answer says of an event beside what the event brings itself: its place, its message, and the id that the request gives it. */
const EVENT_ANSWER = 400
/** The bad events that are told, with what is wrong with them. */
const REJECTED_ANSWER = 1 << 20

/** Bytes that the answer to a body of so many, unpacked, may have: it names all events, and an event may be hardly more than its id. */
export function answerBytesOf(bodyBytes: number): number {
  const events = Math.min(MOST_EVENTS, Math.ceil(bodyBytes / LEAST_EVENT))
  return bodyBytes + events * EVENT_ANSWER + REJECTED_ANSWER
}

/**
 * Bodies that are judged at a time, of all callers and of one: a body of 10 MB may become objects of 200 MB. More of them at once would be
 * judged no sooner, for all are in one thread. What waits for Pub/Sub has been judged.
 */
const JUDGED_AT_ONCE = { most: 2, mostOfOne: 1 }

/**
 * In the thread of who calls.
 *
 * @param rest lets other threads go first, between two pieces of work
 */
export function bulkHere(publisher: Publisher, mostBytes: number, rest?: () => void): Bulk {
  const turns = new SliceTurns(rest)
  const judging = new CallerTurns(JUDGED_AT_ONCE)
  return {
    async take(request, begins) {
      begins?.(answerBytesOf(mostBytes))
      return turns.run(request.caller, async (slices) => {
        const judged = await judging.run(request.caller, () =>
          judgeLarge(request, request.pieces, mostBytes, slices),
        )
        const { answer, ...outcome } = await publishLarge(request, judged, publisher, slices)
        return { ...outcome, text: await answerText(answer, slices) }
      })
    },
    close: () => publisher.close(),
  }
}
