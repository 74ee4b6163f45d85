import type { Publisher } from '@tablestream/service-kit'
import { answerText } from './answer-text.ts'
import type { EventRequest, Outcome } from './event-request.ts'
import { Slices } from './slices.ts'
import { takeLarge } from './take-request.ts'

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
  take(request: BulkRequest): Promise<BulkOutcome>
  close(): Promise<void>
}

/**
 * In the thread of who calls.
 *
 * @param rest lets other threads go first, between two pieces of work
 */
export function bulkHere(publisher: Publisher, mostBytes: number, rest?: () => void): Bulk {
  return {
    async take(request) {
      const slices = new Slices(rest)
      const { answer, ...outcome } = await takeLarge(
        request,
        Buffer.concat(request.pieces),
        mostBytes,
        publisher,
        slices,
      )
      return { ...outcome, text: await answerText(answer, slices) }
    },
    close: () => publisher.close(),
  }
}
