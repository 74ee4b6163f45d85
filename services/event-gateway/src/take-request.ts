import createError from '@fastify/error'
import { MessageRefused, type Publisher } from '@tablestream/service-kit'
import type { EventRequest, Outcome } from './event-request.ts'
import { judgeBody, type JudgedBody, type JudgedEvent } from './judge-body.ts'
import type { Slices } from './slices.ts'
import { unpack } from './unpack.ts'

const PublishFailed = createError<[{ cause: unknown }]>(
  'PUBLISH_FAILED',
  'Pub/Sub did not take all events; send them again, with the same ids or the same Idempotency-Key',
  503,
)
const RefusedByPubSub = createError<[string, { cause: unknown }]>('REFUSED_BY_PUBSUB', '%s', 400)

/** Messages of a large request that go to Pub/Sub at once: to encode these takes less than a millisecond. */
export const PORTION = 50

/** Judges a small body at once, and publishes what it holds. */
export function takeSmall(request: EventRequest, body: Buffer, publisher: Publisher): Promise<Outcome> {
  const judging = judgeBody(request, body)
  let step = judging.next()
  while (!step.done) step = judging.next()
  return publish(request, step.value, body.length, (events) =>
    publisher.publish(events.map(({ message }) => message)),
  )
}

/**
 * The same for a body of any size, which may come packed, a little at a time. Its events share no Pub/Sub request with those of other
 * callers.
 */
export async function takeLarge(
  request: EventRequest,
  packed: Buffer,
  mostBytes: number,
  publisher: Publisher,
  slices: Slices,
): Promise<Outcome> {
  const body = unpack(packed, request.headers['content-encoding'], mostBytes)
  const judging = judgeBody(request, body)
  let step = judging.next()
  while (!step.done) {
    if (slices.isOver) await slices.next()
    step = judging.next()
  }
  const handOver = (events: readonly JudgedEvent[]) => inPortions(events, publisher, request.caller, slices)
  return publish(request, step.value, body.length, handOver)
}

async function inPortions(
  events: readonly JudgedEvent[],
  publisher: Publisher,
  lane: string,
  slices: Slices,
): Promise<string[]> {
  const published: Promise<string[]>[] = []
  for (let start = 0; start < events.length; start += PORTION) {
    if (slices.isOver) await slices.next()
    const portion = publisher.publish(
      events.slice(start, start + PORTION).map(({ message }) => message),
      lane,
    )
    // it is heard of below, and may fail before that
    portion.catch(() => undefined)
    published.push(portion)
  }
  return (await Promise.all(published)).flat()
}

async function publish(
  { isPartial }: EventRequest,
  { events, rejected, refused, judged, count }: JudgedBody,
  bytes: number,
  handOver: (events: readonly JudgedEvent[]) => Promise<string[]>,
): Promise<Outcome> {
  const rejectedCount = judged - events.length
  const taken = new Map<string, number>()
  if (events.length === 0 || (rejectedCount > 0 && !isPartial)) {
    const rest = judged < count ? `; the ${count - judged} behind them were not looked at` : ''
    const hint = events.length > 0 ? ' (?partial=true takes the good ones)' : ''
    const message = `${rejectedCount} of ${judged} events are bad${rest}; none was taken${hint}`
    const answer = {
      statusCode: 400,
      code: 'BAD_EVENTS',
      message,
      taken: 0,
      rejected_count: rejectedCount,
      rejected,
    } as const
    return { status: 400, answer, taken, refused, bytes, events: judged }
  }
  let ids: string[]
  try {
    ids = await handOver(events)
  } catch (error) {
    throw error instanceof MessageRefused
      ? new RefusedByPubSub(error.message, { cause: error })
      : new PublishFailed({ cause: error })
  }
  for (const { eventType } of events) taken.set(eventType, (taken.get(eventType) ?? 0) + 1)
  const answer = {
    taken: ids.length,
    events: events.map(({ index, eventId, eventType }, place) => ({
      index,
      message_id: ids[place]!,
      event_id: eventId,
      event_type: eventType,
    })),
    rejected_count: rejectedCount,
    rejected,
  }
  return { status: 200, answer, taken, refused, bytes, events: judged }
}
