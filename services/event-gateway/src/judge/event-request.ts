import type { IncomingHttpHeaders } from 'node:http'
import type { ToldError } from '../told-error.ts'
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
  readonly status: 200 | 400 | 503
  /** The body of the answer. */
  readonly answer: TakenAnswer | RefusedAnswer | PartAnswer
  /** Why Pub/Sub does not have all, for the log. */
  readonly problem?: ToldError
  /** Events that Pub/Sub has, by their types. */
  readonly taken: ReadonlyMap<string, number>
  /** Events that were refused, by the first rule that they break. */
  readonly refused: ReadonlyMap<string, number>
  /** What the request was, unpacked. */
  readonly bytes: number
  readonly events: number
}

/** An event by its place in the request, with the identity that it was given. */
export interface Placed {
  readonly index: number
  readonly event_id: string
  readonly event_type: string
}

export interface TakenAnswer {
  readonly taken: number
  readonly events: readonly (Placed & { readonly message_id: string })[]
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

/** Pub/Sub did not say of all good events that it has them. */
export interface PartAnswer extends TakenAnswer {
  readonly statusCode: 400 | 503
  readonly code: string
  readonly message: string
  /** Those of which it did not. */
  readonly not_taken: readonly Placed[]
}
