import type { IncomingHttpHeaders } from 'node:http'
import createError from '@fastify/error'
import type { Candidate, Candidates, NoCandidate } from './candidate.ts'
import { batch, binary, isBinary, structured } from './cloud-events.ts'
import { eventIds } from './event-ids.ts'
import type { EventRequest, Refused } from './event-request.ts'
import { judgeCandidate, type Judged } from './judge-candidate.ts'
import { splitJson, splitLines } from './split-events.ts'
import { CALLER_ATTRIBUTE } from './unfit-attribute.ts'

export type JudgedEvent = Extract<Judged, { readonly outcome: 'event' }> & { readonly index: number }

export interface JudgedBody {
  readonly events: readonly JudgedEvent[]
  /** The first ones, with everything that is wrong with them. */
  readonly rejected: readonly Refused[]
  /** How many were refused, by the first rule that they break. */
  readonly refused: ReadonlyMap<string, number>
  /** Events that were looked at: fewer than there are, where judging ended before. */
  readonly judged: number
  readonly count: number
}

export const CONTENT_TYPES = [
  'application/json',
  'application/x-ndjson',
  'application/cloudevents+json',
  'application/cloudevents-batch+json',
]
const UnknownContentType = createError<[string]>(
  'UNKNOWN_CONTENT_TYPE',
  `Content-Type "%s" is not known: ${CONTENT_TYPES.join(', ')}`,
  415,
)
const Empty = createError('NO_EVENTS', 'the body holds no event', 400)
const NotYours = createError(
  'CALLER_ATTRIBUTE',
  `${CALLER_ATTRIBUTE} says who sent an event, and is set here: a request cannot bring it`,
  400,
)

/** Events of a request that are told as bad: whoever mends so many has understood. */
const MOST_REJECTED = 100

/** What a body holds, judged event by event; it can be left and gone on with after each of them. */
export function* judgeBody(request: EventRequest, body: Buffer): Generator<undefined, JudgedBody> {
  const { headers, type, isPartial, caller } = request
  if (headers[CALLER_ATTRIBUTE] !== undefined) throw new NotYours()
  const { count, each } = candidatesOf(headers, body, type)
  if (count === 0) throw new Empty()
  const idFor = eventIds(headers['idempotency-key'], count, isPartial)
  const surroundings = { caller, now: new Date(request.now), idFor }
  const events: JudgedEvent[] = []
  const rejected: Refused[] = []
  const refused = new Map<string, number>()
  let index = 0
  for (const candidate of each) {
    const judged = judgeCandidate(candidate, surroundings)
    if (judged.outcome === 'event') events.push({ ...judged, index })
    else {
      const rule = judged.faults[0]?.rule ?? ''
      refused.set(rule, (refused.get(rule) ?? 0) + 1)
      if (rejected.length < MOST_REJECTED) rejected.push({ index, problems: judged.faults })
    }
    index++
    // none will be taken: what the others are changes nothing
    if (!isPartial && rejected.length === MOST_REJECTED) break
    yield
  }
  return { events, rejected, refused, judged: index, count }
}

function candidatesOf(headers: IncomingHttpHeaders, body: Buffer, type: string | undefined): Candidates {
  const contentType = contentTypeOf(headers)
  switch (contentType) {
    case 'application/cloudevents+json':
      return one(structured(body, type))
    case 'application/cloudevents-batch+json':
      return batch(body, type)
    case 'application/json':
      return isBinary(headers) ? one(binary(headers, body, type)) : splitJson(body, type)
    case 'application/x-ndjson':
    case 'application/ndjson':
    case 'application/jsonl':
      return splitLines(body, type)
    default:
      throw new UnknownContentType(contentType)
  }
}

export function contentTypeOf(headers: IncomingHttpHeaders): string {
  return (headers['content-type'] ?? 'application/json').split(';', 1)[0]!.trim().toLowerCase()
}

function one(candidate: Candidate | NoCandidate): Candidates {
  return { count: 1, each: [candidate] }
}
