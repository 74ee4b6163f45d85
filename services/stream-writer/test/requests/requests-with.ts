import { parsePolicies, type Message } from '@tablestream/contract'
import { plan, type JsonObject } from '@tablestream/table-schema'
import { envelopeOf, type Item } from '../../src/item/item.ts'
import { Admissions } from '../../src/requests/admissions.ts'
import { Hopes } from '../../src/requests/hopes.ts'
import { TableRequests } from '../../src/requests/table-requests.ts'
import type { WriteSchema } from '../../src/row/write-schema.ts'
import { item } from '../lane/lane-with.ts'

export const event = (fields: object): JsonObject => ({ event_type: 'x', ...fields })
export const message = (id: string, fields: object): Message => item(id, fields).message

/** Requests for a table `x`, recorded by the ids of the messages that ask. */
export function requestsWith(policies = '', takes = () => true, hasRoom = () => true, hopes = new Hopes()) {
  const sent: string[] = []
  let waiting: Item[] = []
  const clock = { now: 0 }
  const requests = new TableRequests({
    table: 'x',
    policy: parsePolicies(policies).of('x'),
    contract: [],
    hopes,
    admissions: new Admissions(),
    ask: {
      turn: () => (hasRoom() ? 'now' : 'full'),
      send(_, asked) {
        sent.push(...asked.map(({ attributes }) => attributes['asked-by-message-id']!))
        return Promise.resolve(takes())
      },
    },
    now: () => clock.now,
  })
  const lacks = (id: string, fields: object) => {
    const one = item(id, fields)
    waiting.push(one)
    requests.lacks(one, event(fields))
  }
  /** The write path tells of the table: those that still lack something say so again. */
  const told = (schema: WriteSchema | undefined) => {
    requests.told(schema)
    const all = waiting
    waiting = []
    for (const one of all) {
      const { event: its } = envelopeOf(one)
      if (schema && plan(schema.columns, its).outcome === 'fits') continue
      waiting.push(one)
      requests.lacks(one, its)
    }
  }
  /** The event has its end. */
  const ends = (id: string) => {
    waiting = waiting.filter((one) => one.message.messageId !== id)
  }
  /** As a lane does it while events wait: it asks the write path every other second. */
  const wait = (ms: number) => {
    for (const end = clock.now + ms; clock.now < end; clock.now += 2000) requests.repeat(waiting)
  }
  return { requests, sent, clock, lacks, wait, told, ends }
}
