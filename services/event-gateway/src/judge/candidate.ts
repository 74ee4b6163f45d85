import type { Problem } from '@tablestream/contract'
import { toJsonText, type JsonValue } from '@tablestream/table-schema'

/** What may be an event, before anybody has judged it. */
export interface Candidate {
  readonly bytes: Buffer
  /** The type that the door or the CloudEvent names. */
  readonly type?: string | undefined
  readonly id?: string | undefined
  /** RFC 3339: when it happened, where the CloudEvent tells. */
  readonly time?: string | undefined
  readonly source?: string | undefined
  /** More of the message's attributes: what else the CloudEvent says. */
  readonly attributes?: Readonly<Record<string, string>> | undefined
}

/** Something that is no event, and why. */
export interface NoCandidate {
  readonly faults: readonly Fault[]
}

/** One thing that is wrong with an event, as it is told. */
export interface Fault {
  /** JSON pointer into the event. */
  readonly path: string
  readonly rule: string
  readonly message: string
  /** What stands there, as it was written. */
  readonly value?: string
}

/** Events that a request may hold, one after the other: each is made when it is asked for. */
export interface Candidates {
  readonly count: number
  readonly each: Iterable<Candidate | NoCandidate>
}

const LONGEST_VALUE = 200
const LONGEST_MESSAGE = 1000

/** @param value what stands there, as text; empty: nothing */
export function fault(path: string, rule: string, message: string, value = ''): Fault {
  return {
    path,
    rule,
    message: cut(message, LONGEST_MESSAGE),
    ...(value !== '' && { value: cut(value, LONGEST_VALUE) }),
  }
}

export function faultOf({ path, rule, message, value }: Problem): Fault {
  return fault(path, rule, message, value === undefined ? '' : toJsonText(value as JsonValue))
}

function cut(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest).toWellFormed()}…`
}
