import { setTimeout as sleep } from 'node:timers/promises'
import { parsePolicies } from '@tablestream/contract'
import { createLogger } from '@tablestream/service-kit'
import { Admissions } from '../../src/requests/admissions.ts'
import { Hopes } from '../../src/requests/hopes.ts'
import { AckIds } from '../../src/pull/ack-ids.ts'
import { envelopeOf, newItem, type Item } from '../../src/item/item.ts'
import { LeaseBatch } from '../../src/pull/lease.ts'
import type { Ask } from '../../src/asking/ask.ts'
import { TableLane } from '../../src/lane/table-lane.ts'
import { ParkingLot } from '../../src/item/parking.ts'
import { fakeWritePath, type Answer, type Read } from '../fake-write-path.ts'

export const item = (id: string, fields: object, deadline = Number.MAX_SAFE_INTEGER): Item => {
  const message = {
    data: Buffer.from(JSON.stringify({ event_type: 'x', event_id: id, ...fields })),
    attributes: {},
    messageId: id,
    publishTime: '2026-01-01T00:00:00Z',
  }
  const lease = new LeaseBatch(AckIds.copy(Buffer.from(id), [0, id.length]), Number.MAX_SAFE_INTEGER)
  return { ...newItem(message, 1, lease, 0, deadline), eventType: 'x', table: 'x' }
}

export async function until(isSo: () => boolean, ms = 5000): Promise<void> {
  for (let waited = 0; waited < ms && !isSo(); waited += 5) await sleep(5)
}

export const add = (lane: TableLane, one: Item) => lane.add(one, envelopeOf(one))

/** @param has what tables.get answers; by itself, that there is no such table */
export function laneWith(
  schemas: Read[],
  answers: Answer[] = [],
  policies = '',
  room = 1000,
  ask?: Ask,
  has: () => Promise<boolean> = () => Promise.resolve(false),
) {
  const { asked, path } = fakeWritePath(schemas, answers)
  const ends: string[] = []
  const clock = { now: 1000 }
  const lane: TableLane = new TableLane({
    table: 'x',
    policy: parsePolicies(policies).of('x'),
    writePath: path,
    tablesGet: {
      has() {
        asked.push('tables.get')
        return has()
      },
    },
    contract: [],
    ask,
    hopes: new Hopes(),
    admissions: new Admissions(),
    parking: new ParkingLot({ messages: room, bytes: 1e9 }),
    logger: createLogger({ service: 'test', level: 'silent' }),
    now: () => clock.now,
    events: {
      // their rows are not there: they come back
      unanswered: (_table, items) => items.forEach((one) => add(lane, one)),
      landed: (_table, items) => ends.push(...items.map(({ message }) => `landed ${message.messageId}`)),
      deadLetter: (_table, { message }, { reason, path: at }) =>
        ends.push(`dead letter ${message.messageId} ${reason} ${at}`.trim()),
      giveBack: (_table, items) =>
        ends.push(...items.map(({ message }) => `given back ${message.messageId}`)),
    },
  })
  const settle = async (count: number) => {
    for (let i = 0; i < 500 && ends.length < count; i++) await sleep(10)
    return ends
  }
  return { lane, asked, ends, settle, clock }
}
