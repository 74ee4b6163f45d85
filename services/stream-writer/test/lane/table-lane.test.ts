import { setTimeout as sleep } from 'node:timers/promises'
import { column, plan } from '@tablestream/table-schema'
import t from 'tap'
import type { AppendResult } from '../../src/append/append-answer.ts'
import type { Item } from '../../src/item/item.ts'
import { ParkingLot } from '../../src/item/parking.ts'
import type { Ask } from '../../src/asking/ask.ts'
import { schemaOf } from '../fake-write-path.ts'
import { add, item, laneWith, until } from './lane-with.ts'

// each test is quick; a machine that does much else is not
t.setTimeout(90_000)

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
  const { lane, settle } = laneWith([undefined, undefined, schemaOf(column('n', 'INT64'))], [], '', 4)
  for (const id of ['a', 'b', 'c', 'd']) add(lane, item(id, { n: 1 }))
  t.same(
    await settle(4),
    ['given back d', 'landed a', 'landed b', 'landed c'],
    'the last place is for others',
  )
  for (const id of ['e', 'f', 'g', 'h']) add(lane, item(id, { other: 1 }))
  t.same((await settle(5)).at(-1), 'given back h', 'there is room again for as many')
  lane.close()
})

t.test('an event that waited too long is given back', async (t) => {
  const { lane, settle } = laneWith([undefined])
  add(lane, item('late', { n: 1 }, 999))
  t.same(await settle(1), ['given back late'])
})

t.test('an event that waited again and again for a column ends without it', async (t) => {
  const schema = schemaOf(column('n', 'INT64'), column('must', 'INT64', { mode: 'REQUIRED' }))
  const waits = (id: string, fields: object, deliveryAttempt: number): Item => ({
    ...item(id, fields, 2000),
    deliveryAttempt,
  })
  const { lane, settle, clock } = laneWith([schema])
  add(lane, item('here', { n: 1, must: 1 }))
  await settle(1)
  add(lane, waits('some times', { never: 1, must: 1 }, 4))
  add(lane, waits('often', { never: 1, must: 1 }, 5))
  add(lane, waits('wider', { must: 1.5 }, 5))
  await sleep(20)
  clock.now = 2000
  t.same((await settle(4)).slice(1).toSorted(), [
    'dead letter wider column_never_came /must',
    'given back some times',
    'landed often',
  ])
})

t.test(
  'an event with a key that no request has room for waits for nothing, and asks for the rest',
  async (t) => {
    const requests: string[] = []
    const ask: Ask = {
      turn: () => 'now',
      send(_table, some) {
        requests.push(...some.map(({ data }) => String(data)))
        return Promise.resolve(true)
      },
    }
    const { lane, settle } = laneWith([schemaOf(column('n', 'INT64'))], [], '', 1000, ask)
    const long = 'k'.repeat(300_000)
    add(lane, item('long', { n: 1, [long]: 1, more: true }))
    add(lane, item('inside', { n: 1, more: { list: [{ [long]: 1 }] } }))
    const [a, b, c] = ['a', 'b', 'c'].map((letter) => letter.repeat(90_000)) as [string, string, string]
    add(lane, item('together', { n: 1, more: true, [a]: { [b]: [{ [c]: 1 }] } }))
    add(lane, item('waits', { n: 1, text: 'x'.repeat(300_000) }))
    t.same((await settle(3)).toSorted(), ['landed inside', 'landed long', 'landed together'])
    await until(() => requests.some((text) => text.includes('"more"')))
    t.match(requests.join(), /"more":true/)
    lane.close()
  },
)

t.test('without a table an event waits as often as it comes', async (t) => {
  const { lane, settle, clock } = laneWith([undefined])
  add(lane, { ...item('a', { n: 1 }, 2000), deliveryAttempt: 50 })
  clock.now = 2000
  t.same(await settle(1), ['given back a'])
})

t.test(
  'the answer to a request of older columns, or of the table before, does not bring them back',
  async (t) => {
    for (const incarnation of ['x 1', 'x 2']) {
      let land = (_answer: AppendResult): void => {}
      const late = new Promise<AppendResult>((resolve) => (land = resolve))
      const wide = { ...schemaOf(column('s', 'STRING'), column('n', 'INT64')), incarnation }
      const { lane, asked, settle } = laneWith([schemaOf(column('s', 'STRING')), wide], [late])
      // large enough for requests of their own, both under way at once
      const s = 'x'.repeat(1_500_000)
      add(lane, item('a', { s }))
      await until(() => asked.includes('append 1'))
      add(lane, item('b', { s, n: 1 }))
      t.same(await settle(1), ['landed b'])
      land({ outcome: 'landed', updatedFields: [{ name: 's', type: 'STRING' }] })
      t.same(await settle(2), ['landed b', 'landed a'])
      const before = asked.length
      add(lane, item('c', { s: 'x', n: 2 }))
      t.same(await settle(3), ['landed b', 'landed a', 'landed c'])
      t.same(asked.slice(before), ['append 1'], 'nobody had to ask for the columns again')
      t.equal(lane.incarnation, incarnation)
    }
  },
)

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

t.test('a long key above many values that fit nowhere makes a dead letter, and no gigabyte', async (t) => {
  const key = 'k'.repeat(100_000)
  const list = plan(undefined, { [key]: [{ a: 1 }] }).columns.at(-1)!
  const { lane, settle } = laneWith([schemaOf(list)])
  add(lane, item('small', { [key]: [{ a: 'text' }] }))
  // 200 KB, and a path of 100 KB for each value
  add(lane, item('huge', { [key]: Array.from({ length: 10_000 }, () => ({ a: 'x' })) }))
  t.same((await settle(2)).toSorted(), ['dead letter huge row_too_large', 'landed small'])
})

t.test('a lane that closes gives back what waits', async (t) => {
  const { lane, ends } = laneWith([undefined])
  add(lane, item('a', { n: 1 }))
  lane.close()
  add(lane, item('b', { n: 1 }))
  t.same(ends, ['given back a', 'given back b'])
  t.ok(lane.isIdle)
})

t.test('an event whose turn to become a row comes after its lane was closed is given back', async (t) => {
  const bytePath = () => () => ({ eventId: 'bytes', source: '' })
  const { lane, asked, settle } = laneWith([{ ...schemaOf(column('n', 'INT64')), bytePath }])
  add(lane, item('before', { n: 1 }))
  await settle(1)
  const bytes = item('bytes', { n: 1 })
  const keyOf = () => lane.encodeBytes(bytes, bytes.message.data as Buffer, 'x', 1000)
  t.match(keyOf(), { eventId: 'bytes' })
  lane.close()
  add(lane, item('late', { n: 1 }))
  t.equal(keyOf(), undefined)
  t.same(await settle(2), ['landed before', 'given back late'])
  t.ok(lane.isIdle)
  t.same(asked, ['readSchema', 'connect', 'append 1'])
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

t.test('a row whose message is not ours any more is not written', async (t) => {
  const { lane, asked, settle } = laneWith([undefined, undefined, schemaOf(column('n', 'INT64'))])
  const lost = item('lost', { n: 1 })
  add(lane, lost)
  add(lane, item('ours', { n: 1 }))
  // as after a time without CPU
  lost.lease.until = 0
  t.same(await settle(2), ['given back lost', 'landed ours'])
  t.same(
    asked.filter((each) => each.startsWith('append')),
    ['append 1'],
  )
})

t.test('neither is one that was refused with others, and is to be tried apart', async (t) => {
  const lost = item('lost', { n: 1 })
  let refuse: (answer: AppendResult) => void = () => {}
  const answer = new Promise<AppendResult>((resolve) => (refuse = resolve))
  const { lane, asked, settle } = laneWith([schemaOf(column('n', 'INT64'))], [answer])
  add(lane, lost)
  add(lane, item('ours', { n: 1 }))
  await until(() => asked.includes('append 2'))
  lost.lease.until = 0
  refuse({ outcome: 'refused', code: 3, message: 'INVALID_ARGUMENT' })
  t.same((await settle(2)).toSorted(), ['given back lost', 'landed ours'])
})

t.test(
  'where events wait for tables that are not there, a tenth of the room is left for those that are',
  (t) => {
    const lot = new ParkingLot({ messages: 100, bytes: 1e6 })
    const of = (table: string, source = '/shop', caller = table) => {
      const one = item('a', {})
      const attributes = { 'ce-source': source, 'tablestream-caller': caller }
      return Object.assign(one, { table, message: { ...one.message, attributes } })
    }
    const greedy = Array.from({ length: 90 }, (_, n) => of(`of one ${n}`, '/shop', 'greedy'))
    t.equal(greedy.filter((one) => lot.enter(one, false)).length, 63, 'the share of one source of one caller')
    const madeUp = Array.from({ length: 90 }, (_, n) => of(`of another ${n}`, `/made-up/${n}`, 'greedy'))
    t.equal(madeUp.filter((one) => lot.enter(one, false)).length, 5, 'the share of one caller')
    for (let n = 0; n < 22; n++) t.ok(lot.enter(of(`made up ${n}`), false))
    t.notOk(lot.enter(of('one more'), false))
    for (let n = 0; n < 10; n++) t.ok(lot.enter(of(`there ${n}`), true))
    t.notOk(lot.enter(of('there, too'), true))
    lot.leave(of('made up 0'))
    t.notOk(lot.enter(of('one more'), false))
    t.ok(lot.enter(of('there, too'), true))
    t.end()
  },
)

t.test('an event that is given back asks for nothing: nobody holds what waits for the answer', async (t) => {
  const asked: string[] = []
  const ask: Ask = {
    turn: () => 'now',
    send(_, requests) {
      asked.push(...requests.map(({ attributes }) => attributes['asked-by-message-id']!))
      return Promise.resolve(true)
    },
  }
  const { lane, settle } = laneWith([schemaOf(column('n', 'INT64'))], [], '', 2, ask)
  add(lane, item('fits', { n: 1 }))
  await settle(1)
  asked.length = 0
  add(lane, item('waits', { a: 1 }))
  add(lane, item('waits, too', { a: 2 }))
  add(lane, item('finds no room', { b: 1 }))
  add(lane, item('is late', { c: 1 }, 0))
  t.same((await settle(3)).slice(1), ['given back finds no room', 'given back is late'])
  await until(() => asked.length > 0)
  t.same(asked, ['waits'])
  lane.close()
})
