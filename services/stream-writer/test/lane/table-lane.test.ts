import { setTimeout as sleep } from 'node:timers/promises'
import { parsePolicies } from '@tablestream/contract'
import { column } from '@tablestream/table-schema'
import { createLogger } from '@tablestream/service-kit'
import t from 'tap'
import type { AppendResult } from '../../src/append/append-connection.ts'
import { AckIds } from '../../src/pull/ack-ids.ts'
import { envelopeOf, newItem, type Item } from '../../src/item.ts'
import { LeaseBatch } from '../../src/pull/lease.ts'
import { TableLane } from '../../src/lane/table-lane.ts'
import type { WriteSchema } from '../../src/write-schema.ts'
import { ParkingLot } from '../../src/lane/parking.ts'
import { fakeWritePath, schemaOf, type Answer } from '../fake-write-path.ts'

const item = (id: string, fields: object, deadline = Number.MAX_SAFE_INTEGER): Item => {
  const message = {
    data: Buffer.from(JSON.stringify({ event_type: 'x', event_id: id, ...fields })),
    attributes: {},
    messageId: id,
    publishTime: '2026-01-01T00:00:00Z',
  }
  const lease = new LeaseBatch(AckIds.copy(Buffer.from(id), [0, id.length]), 0)
  return { ...newItem(message, 1, lease, 0, deadline), eventType: 'x', table: 'x' }
}

const add = (lane: TableLane, one: Item) => lane.add(one, envelopeOf(one))

function laneWith(schemas: (WriteSchema | undefined)[], answers: Answer[] = [], policies = '', room = 1000) {
  const { asked, path } = fakeWritePath(schemas, answers)
  const ends: string[] = []
  const lane = new TableLane({
    table: 'x',
    policy: parsePolicies(policies).of('x'),
    writePath: path,
    parking: new ParkingLot({ messages: room, bytes: 1e9 }),
    logger: createLogger({ service: 'test', level: 'silent' }),
    now: () => 1000,
    events: {
      landed: (_table, items) => ends.push(...items.map(({ message }) => `landed ${message.messageId}`)),
      deadLetter: (_table, { message }, { reason, path: at }) =>
        ends.push(`dead letter ${message.messageId} ${reason} ${at}`.trim()),
      giveBack: (_table, items) =>
        ends.push(...items.map(({ message }) => `given back ${message.messageId}`)),
      parked: () => {},
    },
  })
  const settle = async (count: number) => {
    for (let i = 0; i < 500 && ends.length < count; i++) await sleep(10)
    return ends
  }
  return { lane, asked, ends, settle }
}

t.test('rows that come in one turn go in one request', async (t) => {
  const { lane, asked, settle } = laneWith([schemaOf(column('n', 'INT64'))])
  for (const id of ['a', 'b', 'c']) add(lane, item(id, { n: 1 }))
  t.same(await settle(3), ['landed a', 'landed b', 'landed c'])
  t.same(asked, ['readSchema', 'connect', 'append 3'])
})

t.test('events wait for their table and keep their order', async (t) => {
  const { lane, settle } = laneWith([undefined, undefined, schemaOf(column('n', 'INT64'))])
  add(lane, item('a', { n: 1 }))
  add(lane, item('b', { n: 2 }))
  t.same(await settle(2), ['landed a', 'landed b'])
})

t.test('an event that waits for a column does not hold up the others', async (t) => {
  const { lane, settle } = laneWith([
    schemaOf(column('n', 'INT64')),
    schemaOf(column('n', 'INT64')),
    schemaOf(column('n', 'INT64')),
    schemaOf(column('n', 'INT64'), column('m', 'INT64')),
  ])
  add(lane, item('new', { m: 1 }))
  add(lane, item('old', { n: 1 }))
  t.same(await settle(2), ['landed old', 'landed new'])
})

t.test('an event that finds no room to wait is given back; those before it wait on', async (t) => {
  const { lane, settle } = laneWith([undefined, undefined, schemaOf(column('n', 'INT64'))], [], '', 2)
  for (const id of ['a', 'b', 'c']) add(lane, item(id, { n: 1 }))
  t.same(await settle(3), ['given back c', 'landed a', 'landed b'])
  add(lane, item('d', { other: 1 }))
  add(lane, item('e', { other: 1 }))
  add(lane, item('f', { other: 1 }))
  t.same((await settle(4)).at(-1), 'given back f', 'there is room again for as many')
  lane.close()
})

t.test('an event that waited too long is given back', async (t) => {
  const { lane, settle } = laneWith([undefined])
  add(lane, item('late', { n: 1 }, 999))
  t.same(await settle(1), ['given back late'])
})

t.test('a refused row gets a try of its own before it is a dead letter; the others land', async (t) => {
  const refused = (index: number): AppendResult => ({
    outcome: 'refused_rows',
    rows: [{ index, message: 'bad' }],
  })
  const { lane, asked, settle } = laneWith(
    [schemaOf(column('n', 'INT64'))],
    [refused(1), { outcome: 'landed' }, refused(0)],
  )
  for (const id of ['a', 'b', 'c']) add(lane, item(id, { n: 1 }))
  t.same((await settle(3)).toSorted(), ['dead letter b row_refused', 'landed a', 'landed c'])
  t.match(
    asked.filter((each) => each.startsWith('append')),
    ['append 3', 'append 1', 'append 1', 'append 1'],
  )
})

t.test(
  'quota and failures that come as answers are tried again; a request that is refused for good is not',
  async (t) => {
    const answer = (code: number): AppendResult => ({ outcome: 'refused', code, message: 'no' })
    for (const code of [8, 13, 14]) {
      const { lane, settle } = laneWith([schemaOf(column('n', 'INT64'))], [answer(code), answer(code)])
      add(lane, item('a', { n: 1 }))
      t.same(await settle(1), ['landed a'], `${code}`)
    }
    const { lane, settle } = laneWith([schemaOf(column('n', 'INT64'))], [answer(3), answer(3)])
    add(lane, item('a', { n: 1 }))
    t.same(await settle(1), ['dead letter a row_refused'])
  },
)

t.test('a broken connection is opened again and its rows go again', async (t) => {
  const broken = Object.assign(new Error('14 UNAVAILABLE'), { code: 14 })
  const { lane, asked, settle } = laneWith([schemaOf(column('n', 'INT64'))], [broken])
  add(lane, item('a', { n: 1 }))
  t.same(await settle(1), ['landed a'])
  t.same(asked, ['readSchema', 'connect', 'append 1', 'connect', 'append 1'])
})

t.test('a table that is gone is waited for, and the rows go to the new one', async (t) => {
  for (const code of [5, 7]) {
    const gone = Object.assign(new Error('gone'), { code })
    const other = schemaOf(column('before', 'STRING'), column('n', 'INT64'))
    const { lane, settle } = laneWith([schemaOf(column('n', 'INT64')), undefined, other], [gone])
    add(lane, item('a', { n: 1 }))
    t.same(await settle(1), ['landed a'])
  }
})

t.test('a write path that does not know our column yet is asked again', async (t) => {
  const behind = Object.assign(
    new Error('3 INVALID_ARGUMENT: Input schema has more fields than BigQuery schema'),
    {
      code: 3,
    },
  )
  const { lane, settle } = laneWith([schemaOf(column('n', 'INT64'))], [behind, behind])
  add(lane, item('a', { n: 1 }))
  t.same(await settle(1), ['landed a'])
})

t.test(
  'a value that its column cannot hold lands in _unmapped; in a required column it is a dead letter',
  async (t) => {
    const { lane, settle } = laneWith([
      schemaOf(column('n', 'INT64'), column('must', 'INT64', { mode: 'REQUIRED' })),
    ])
    add(lane, item('a', { n: 'text', must: 1 }))
    add(lane, item('b', { must: 'text' }))
    t.same((await settle(2)).toSorted(), ['dead letter b type_conflict /must', 'landed a'])
  },
)

t.test('a row beyond the size of a request is a dead letter', async (t) => {
  const { lane, settle } = laneWith([schemaOf(column('s', 'STRING'))])
  add(lane, item('huge', { s: 'x'.repeat(10_000_000) }))
  t.same(await settle(1), ['dead letter huge row_too_large'])
})

t.test('a lane that closes gives back what waits', async (t) => {
  const { lane, ends } = laneWith([undefined])
  add(lane, item('a', { n: 1 }))
  lane.close()
  add(lane, item('b', { n: 1 }))
  t.same(ends, ['given back a', 'given back b'])
  t.ok(lane.isIdle)
})

t.test('the policy of the event type decides', async (t) => {
  const schema = schemaOf(column('n', 'INT64'))
  const cases: [policy: object, fields: object, end: string][] = [
    [{ columns: 'freeze' }, { m: 1 }, 'landed a'],
    [{ columns: 'dead_letter' }, { m: 1 }, 'dead letter a column_not_allowed /m'],
    [{ columns: 'dead_letter' }, { n: 1 }, 'landed a'],
    [{ types: 'dead_letter' }, { n: 'x' }, 'dead letter a type_conflict /n'],
    [{ quarantine: { events: 5 } }, { m: 1 }, 'landed a'],
    [{ column_limit: 6, columns: 'dead_letter' }, { m: 1 }, 'dead letter a column_not_allowed /m'],
  ]
  for (const [policy, fields, end] of cases) {
    const { lane, settle } = laneWith([schema], [], JSON.stringify({ x: policy }))
    add(lane, item('a', fields))
    t.same(await settle(1), [end], JSON.stringify(policy))
  }
  const { lane, settle } = laneWith([undefined], [], '{"x":{"tables":"freeze"}}')
  add(lane, item('a', { n: 1 }))
  t.same(await settle(1), ['dead letter a table_not_allowed'])
})

t.test(
  'a request that fails after its table was found again goes on with what is known by then',
  async (t) => {
    const gone = Object.assign(new Error('gone'), { code: 5 })
    let failLate = (_error: Error): void => {}
    const late = new Promise<Error>((resolve) => {
      failLate = resolve
    })
    const other = schemaOf(column('before', 'STRING'), column('s', 'STRING'))
    const { lane, settle } = laneWith([schemaOf(column('s', 'STRING')), other], [gone, late])
    // large enough for requests of their own, both under way at once
    for (const id of ['a', 'b']) add(lane, item(id, { s: 'x'.repeat(6_000_000) }))
    t.same(await settle(1), ['landed a'])
    failLate(gone)
    t.same(await settle(2), ['landed a', 'landed b'])
  },
)
