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
 * made, and who else asks has a turn.
 *
 * @returns the answer, as JSON: each event stands in it as it was published, and is not made text a second time
 * @throws PublishFailed where Pub/Sub did not take all of them
 */
export async function publishEvents(
  publisher: Publisher,
  shop: Shop,
  wanted: readonly Wanted[],
): Promise<Buffer> {
  const all: Made[] = []
  const sent: Promise<string[]>[] = []
  for (const part of inParts(inTurn(shop, wanted))) {
    all.push(...part)
    const sending = publisher.publish(part.map(({ message }) => message))
    // a handler at once: it may fail while the next ones are made
    sending.catch(() => {})
    sent.push(sending)
    await nextTurn()
  }
  const ids = await Promise.all(sent).catch((error: Error) => {
    throw new PublishFailed(error.message, { cause: error })
  })
  return answerOf(all, ids.flat())
}

/** So many events of each type, in the order in which the shop has them. */
function* inTurn(shop: Shop, wanted: readonly Wanted[]): Generator<Made> {
  const left = new Map<ShopEventType, number>()
  for (const { type, count } of wanted) left.set(type, (left.get(type) ?? 0) + count)
  while (left.size > 0) {
    const event = shop.next(...left.keys())
    const type = event.event_type
    const more = left.get(type)! - 1
    if (more === 0) left.delete(type)
    else left.set(type, more)
    const id = shop.eventId()
    const about = { eventType: type, id, time: shop.now().toISOString(), source: SOURCE }
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

function answerOf(all: readonly Made[], ids: readonly string[]): Buffer {
  const parts: Buffer[] = []
  all.forEach(({ id, message }, index) => {
    const before = index === 0 ? `{"published":${all.length},"events":[` : '},'
    const about = `{"message_id":${JSON.stringify(ids[index])},"event_id":${JSON.stringify(id)},"event":`
    parts.push(Buffer.from(before + about), message.data)
  })
  return Buffer.concat([...parts, Buffer.from('}]}')])
}
