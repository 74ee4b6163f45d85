import type { IncomingHttpHeaders } from 'node:http'
import type { Fault } from './candidate.ts'

/** A request with events, as far as they are concerned. */
export interface EventRequest {
  readonly caller: string
  readonly headers: IncomingHttpHeaders
  /** The door that it came by, where that is the door of one type. */
  readonly type: string | undefined
  /** Good events are taken even if others are bad. */
  readonly isPartial: boolean
  /** Milliseconds since 1970. */
  readonly now: number
}

/** One event that was not taken, by its place in the request. */
export interface Refused {
  readonly index: number
  readonly problems: readonly Fault[]
}

/** What became of a request. */
export interface Outcome {
  readonly status: 200 | 400
  /** The body of the answer. */
  readonly answer: TakenAnswer | RefusedAnswer
  /** Events that Pub/Sub has, by their types. */
  readonly taken: ReadonlyMap<string, number>
  /** Events that were refused, by the first rule that they break. */
  readonly refused: ReadonlyMap<string, number>
  /** What the request was, unpacked. */
  readonly bytes: number
  readonly events: number
}

export interface TakenAnswer {
  readonly taken: number
  readonly events: readonly {
    readonly index: number
    readonly message_id: string
    readonly event_id: string
    readonly event_type: string
  }[]
  readonly rejected_count: number
  readonly rejected: readonly Refused[]
}

export interface RefusedAnswer {
  readonly statusCode: 400
  readonly code: string
  readonly message: string
  readonly taken: 0
  readonly rejected_count: number
  readonly rejected: readonly Refused[]
}
