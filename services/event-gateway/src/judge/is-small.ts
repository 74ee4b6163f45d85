import type { IncomingHttpHeaders } from 'node:http'
import { contentTypeOf } from './judge-body.ts'
import { firstByte } from './split-events.ts'
import { isPacked } from '../wire/unpack.ts'

/** One event of so many bytes is judged in a tenth of a millisecond; so are the few that fit into the other. */
const ONE_EVENT = 16 << 10
const SEVERAL_EVENTS = 4 << 10
const OPEN_OBJECT = 123
const ONE = new Set(['application/json', 'application/cloudevents+json'])

/** The body, where it is so little that nobody else waits while it is judged; undefined: it may be much, or become it. */
export function isSmall(headers: IncomingHttpHeaders, pieces: readonly Buffer[]): Buffer | undefined {
  if (pieces.length > 2 || isPacked(headers['content-encoding'])) return undefined
  const body = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
  if (body.length <= SEVERAL_EVENTS) return body
  const isOne = ONE.has(contentTypeOf(headers)) && firstByte(body) === OPEN_OBJECT
  return body.length <= ONE_EVENT && isOne ? body : undefined
}

const RELEVANT = /^(content-type|content-encoding|idempotency-key|tablestream-caller|ce-.*)$/

/** The headers that tell of events. */
export function relevant(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => RELEVANT.test(name)))
}
