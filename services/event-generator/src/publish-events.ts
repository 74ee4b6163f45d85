import { setImmediate as nextTurn } from 'node:timers/promises'
import { eventMessage, type OutgoingMessage, type Publisher } from '@tablestream/service-kit'
import { PublishFailed } from './answers.ts'
import { SOURCE } from './event-stream.ts'
import type { Shop } from './shop/shop.ts'
import type { ShopEventType } from './shop/world.ts'
import { bytesOf } from './trouble.ts'

/** So many events of a type. */
export interface Wanted {
  readonly type: ShopEventType
  readonly count: number
}

interface Made {
  readonly id: string
  readonly message: OutgoingMessage
}

/** Events that are made and published at once: a request to Pub/Sub holds so many. */
const PART = 1000

/**
 * Makes the events and publishes them, in the order in which the shop has them: while some are on their way the next ones are
 * made, and who else asks has a turn. Of what is published only its part of the answer is kept.
 *
 * @returns the answer, as JSON: each event stands in it as it was published, and is not made text a second time
 * @throws PublishFailed where Pub/Sub did not take all of them
 */
export async function publishEvents(
  publisher: Publisher,
  shop: Shop,
  wanted: readonly Wanted[],
): Promise<Buffer> {
  const answers: Promise<Buffer>[] = []
  for (const part of inParts(inTurn(shop, wanted))) {
    const answer = publisher.publish(part.map(({ message }) => message)).then((ids) => answerOf(part, ids))
    // a handler at once: it may fail while the next ones are made
    answer.catch(() => {})
    answers.push(answer)
    await nextTurn()
  }
  const parts = await Promise.all(answers).catch((error: Error) => {
    throw new PublishFailed(error.message, { cause: error })
  })
  const count = wanted.reduce((sum, each) => sum + each.count, 0)
  const between = parts.flatMap((part, index) => (index === 0 ? [part] : [COMMA, part]))
  return Buffer.concat([Buffer.from(`{"published":${count},"events":[`), ...between, Buffer.from(']}')])
}

const COMMA = Buffer.from(',')

/** So many events of each type, in the order in which the shop has them. */
function* inTurn(shop: Shop, wanted: readonly Wanted[]): Generator<Made> {
  const left = new Map<ShopEventType, number>()
  for (const { type, count } of wanted) left.set(type, (left.get(type) ?? 0) + count)
  for (let types = [...left.keys()]; types.length > 0;) {
    const event = shop.next(...types)
    const type = event.event_type
    const more = left.get(type)! - 1
    left.set(type, more)
    if (more === 0) types = types.filter((other) => other !== type)
    const id = shop.eventId()
    const about = { eventType: type, id, time: shop.timeText(), source: SOURCE }
    yield { id, message: eventMessage(bytesOf(event), about) }
  }
}

function* inParts<T>(items: Iterable<T>): Generator<readonly T[]> {
  let part: T[] = []
  for (const item of items) {
    part.push(item)
    if (part.length < PART) continue
    yield part
    part = []
  }
  if (part.length > 0) yield part
}

/** The events of one part as they stand in the answer, with commas between them. */
function answerOf(part: readonly Made[], ids: readonly string[]): Buffer {
  const heads = part.map(({ id }, index) => {
    const head = `{"message_id":${JSON.stringify(ids[index])},"event_id":${JSON.stringify(id)},"event":`
    return index === 0 ? head : `},${head}`
  })
  const sizes = part.map(({ message }, index) => Buffer.byteLength(heads[index]!) + message.data.length)
  const answer = Buffer.allocUnsafe(sizes.reduce((sum, size) => sum + size, 1))
  let at = 0
  part.forEach(({ message }, index) => {
    at += answer.write(heads[index]!, at)
    at += message.data.copy(answer, at)
  })
  answer.write('}', at)
  return answer
}
