import { MessageRefused, type Publisher } from '@tablestream/service-kit'
import { told } from './told-error.ts'
import type { EventRequest, Outcome, PartAnswer } from './judge/event-request.ts'
import { judgeBody, type JudgedBody, type JudgedEvent } from './judge/judge-body.ts'
import type { Slices } from './slices.ts'
import { unpack } from './wire/unpack.ts'

/** Messages of a large request that go to Pub/Sub at once: to encode these takes less than a millisecond. */
export const PORTION = 50

/** Judges a small body at once, and publishes what it holds. */
export function takeSmall(request: EventRequest, body: Buffer, publisher: Publisher): Promise<Outcome> {
  const judging = judgeBody(request, body)
  let step = judging.next()
  while (!step.done) step = judging.next()
  return publish(request, step.value, body.length, (events) => handOver(events, publisher))
}

/** What a large body holds, and how many bytes it has, unpacked. */
export interface JudgedLarge extends JudgedBody {
  readonly bytes: number
}

/** Judges a body of any size, which may come packed, a little at a time. */
export async function judgeLarge(
  request: EventRequest,
  pieces: readonly Uint8Array[],
  mostBytes: number,
  slices: Slices,
): Promise<JudgedLarge> {
  await slices.next()
  const body = unpack(Buffer.concat(pieces), request.headers['content-encoding'], mostBytes)
  const judging = judgeBody(request, body)
  let step = judging.next()
  while (!step.done) {
    if (slices.isOver) await slices.next()
    step = judging.next()
  }
  return { ...step.value, bytes: body.length }
}

/** Publishes what a large body holds, a little at a time. Its events share no Pub/Sub request with those of other callers. */
export function publishLarge(
  request: EventRequest,
  judged: JudgedLarge,
  publisher: Publisher,
  slices: Slices,
): Promise<Outcome> {
  return publish(request, judged, judged.bytes, (events) =>
    inPortions(events, publisher, request.caller, slices),
  )
}

/** What Pub/Sub said of events: their message ids, where it has them, and why it does not. */
interface Handed {
  readonly ids: readonly (string | undefined)[]
  readonly problems: readonly unknown[]
}

async function handOver(
  events: readonly JudgedEvent[],
  publisher: Publisher,
  lane?: string,
): Promise<Handed> {
  try {
    const messages = events.map(({ message }) => message)
    return { ids: await publisher.publish(messages, lane), problems: [] }
  } catch (error) {
    // some of them may be there: nobody can say which
    return { ids: events.map(() => undefined), problems: [error] }
  }
}

async function inPortions(
  events: readonly JudgedEvent[],
  publisher: Publisher,
  lane: string,
  slices: Slices,
): Promise<Handed> {
  const portions: Promise<Handed>[] = []
  for (let start = 0; start < events.length; start += PORTION) {
    if (slices.isOver) await slices.next()
    portions.push(handOver(events.slice(start, start + PORTION), publisher, lane))
  }
  const handed = await Promise.all(portions)
  return {
    ids: handed.flatMap(({ ids }) => ids),
    problems: handed.flatMap(({ problems }) => problems),
  }
}

async function publish(
  { isPartial }: EventRequest,
  { events, rejected, refused, judged, count }: JudgedBody,
  bytes: number,
  give: (events: readonly JudgedEvent[]) => Promise<Handed>,
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
  const { ids, problems } = await give(events)
  const placed = events.map(({ index, eventId, eventType }, place) => ({
    index,
    message_id: ids[place],
    event_id: eventId,
    event_type: eventType,
  }))
  const there = placed.filter(isThere)
  for (const { event_type: type } of there) taken.set(type, (taken.get(type) ?? 0) + 1)
  const answer = { taken: there.length, events: there, rejected_count: rejectedCount, rejected }
  const common = { taken, refused, bytes, events: judged }
  if (problems.length === 0) return { ...common, status: 200, answer }
  const notTaken = placed.flatMap(({ message_id: id, ...event }) => (id === undefined ? [event] : []))
  const fault = faultOf(problems, there.length)
  return {
    ...common,
    status: fault.statusCode,
    answer: { ...fault, ...answer, not_taken: notTaken },
    problem: told(problems[0]),
  }
}

function isThere<Event extends { readonly message_id: string | undefined }>(
  event: Event,
): event is Event & { readonly message_id: string } {
  return event.message_id !== undefined
}

/** What is wrong with those that are not taken is said only where that is all: else it is worth to send them again. */
function faultOf(
  problems: readonly unknown[],
  taken: number,
): Pick<PartAnswer, 'statusCode' | 'code' | 'message'> {
  const which = taken === 0 ? 'the events' : 'those of not_taken'
  const refusals = problems.filter((problem) => problem instanceof MessageRefused)
  if (refusals.length === problems.length)
    return { statusCode: 400, code: 'REFUSED_BY_PUBSUB', message: `${which}: ${refusals[0]!.message}` }
  const message = `Pub/Sub did not say that it has ${which}; send them again, with the same ids`
  return { statusCode: 503, code: 'PUBLISH_FAILED', message }
}
