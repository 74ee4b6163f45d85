import type { IncomingHttpHeaders } from 'node:http'
import createError from '@fastify/error'
import { CATALOGUE, type Problem } from '@tablestream/contract'
import type { Candidate, NoCandidate } from './candidate.ts'
import { batch, binary, isBinary, structured } from './cloud-events.ts'
import { judgeCandidate, type Judged } from './judge-candidate.ts'
import { splitJson, splitLines } from './split-events.ts'

export type JudgedEvent = Extract<Judged, { readonly outcome: 'event' }> & { readonly index: number }

/** An event that was not taken, by its place in the request, and everything that is wrong with it. */
export interface Rejected {
  readonly index: number
  readonly problems: readonly Problem[]
}

export interface JudgedBody {
  readonly events: readonly JudgedEvent[]
  readonly rejected: readonly Rejected[]
}

const UnknownContentType = createError<[string]>(
  'UNKNOWN_CONTENT_TYPE',
  'Content-Type "%s" is not known: application/json, application/x-ndjson, application/cloudevents+json, application/cloudevents-batch+json',
  415,
)
const LONGEST_KEY = 200
const BadKey = createError(
  'IDEMPOTENCY_KEY',
  `Idempotency-Key has 1 to ${LONGEST_KEY} characters of printable ASCII`,
  400,
)

/** What a body holds, judged event by event. Pure, but for the ids that it gives to events without one. */
export function judgeBody(
  headers: IncomingHttpHeaders,
  body: Buffer,
  type: string | undefined,
  now: Date,
): JudgedBody {
  const candidates = candidatesOf(headers, body, type)
  const keyOf = keys(headers['idempotency-key'], candidates.length)
  const events: JudgedEvent[] = []
  const rejected: Rejected[] = []
  candidates.forEach((candidate, index) => {
    const judged = judgeCandidate(candidate, keyOf(index), now)
    if (judged.outcome === 'event') events.push({ ...judged, index })
    else rejected.push({ index, problems: judged.problems })
  })
  return { events, rejected }
}

function candidatesOf(
  headers: IncomingHttpHeaders,
  body: Buffer,
  type: string | undefined,
): readonly (Candidate | NoCandidate)[] {
  const contentType = (headers['content-type'] ?? 'application/json').split(';', 1)[0]!.trim().toLowerCase()
  switch (contentType) {
    case 'application/cloudevents+json':
      return [structured(body, type)]
    case 'application/cloudevents-batch+json':
      return batch(body, type)
    case 'application/json':
      return isBinary(headers) ? [binary(headers, body, type)] : splitJson(body, type)
    case 'application/x-ndjson':
    case 'application/ndjson':
    case 'application/jsonl':
      return splitLines(body, type)
    default:
      throw new UnknownContentType(contentType)
  }
}

/** The events of a request with a key have keys of their own, by their places: the same request again has the same. */
function keys(key: string | string[] | undefined, count: number): (index: number) => string | undefined {
  if (key === undefined) return () => undefined
  if (typeof key !== 'string' || !/^[\x21-\x7e][\x20-\x7e]*$/.test(key) || key.length > LONGEST_KEY)
    throw new BadKey()
  return (index) => (count === 1 ? key : `${key}/${index}`)
}

/** The door of a type is for every type; these have a contract. */
export const KNOWN_TYPES = CATALOGUE.map(({ type }) => type)
