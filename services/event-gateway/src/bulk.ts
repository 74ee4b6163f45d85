import type { Publisher } from '@tablestream/service-kit'
import type { EventRequest, Outcome } from './event-request.ts'
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

/** In the thread of who calls: for whoever has no other. */
export function bulkHere(publisher: Publisher, mostBytes: number): Bulk {
  return {
    async take(request) {
      const { answer, ...outcome } = await takeLarge(
        request,
        Buffer.concat(request.pieces),
        mostBytes,
        publisher,
      )
      return { ...outcome, text: new TextEncoder().encode(JSON.stringify(answer)) }
    },
    close: () => publisher.close(),
  }
}
