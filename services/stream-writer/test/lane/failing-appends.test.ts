import { setTimeout as sleep } from 'node:timers/promises'
import { column } from '@tablestream/table-schema'
import t from 'tap'
import type { AppendResult } from '../../src/append/append-answer.ts'
import type { WriteSchema } from '../../src/row/write-schema.ts'
import { schemaOf, type Answer } from '../fake-write-path.ts'
import { add, item, laneWith, until } from './lane-with.ts'
import { letTimeFly } from '../flying-time.ts'

t.beforeEach(letTimeFly)

// one test waits as long as a lane waits for an answer
t.setTimeout(90_000)

const BAD_REQUEST = Object.assign(new Error('3 INVALID_ARGUMENT: bad'), { code: 3 })

t.test('a refused row gets a try of its own before it is a dead letter; the others land', async (t) => {
  const refused = (index: number): AppendResult => ({
    outcome: 'refused_rows',
    rows: [{ index, message: 'bad' }],
  })
  const { lane, asked, settle } = laneWith([schemaOf(column('n', 'INT64'))], [refused(1), refused(0)])
  for (const id of ['a', 'b', 'c']) add(lane, item(id, { n: 1 }))
  t.same((await settle(3)).toSorted(), ['dead letter b row_refused', 'landed a', 'landed c'])
  t.same(asked.slice(1), ['connect', 'append 3', 'connect alone', 'append 1', 'append 2', 'readSchema'])
})

t.test(
  'what says nothing of the rows is tried again, as an answer and as the end of the connection',
  async (t) => {
    for (const code of [2, 8, 9, 11, 12, 13, 14, 15, 16]) {
      const answer: AppendResult = { outcome: 'refused', code, message: 'no' }
      const ended = Object.assign(new Error('no'), { code })
      const { lane, settle } = laneWith([schemaOf(column('n', 'INT64'))], [answer, ended, answer])
      add(lane, item('a', { n: 1 }))
      t.same(await settle(1), ['landed a'], `${code}`)
    }
  },
)

t.test(
  'a request that is refused as a whole is halved until the row is found that is to blame',
  async (t) => {
    const landed: AppendResult = { outcome: 'landed' }
    const answers = [BAD_REQUEST, BAD_REQUEST, BAD_REQUEST, landed, BAD_REQUEST]
    const { lane, asked, settle } = laneWith([schemaOf(column('n', 'INT64'))], answers)
    for (const id of ['a', 'b', 'c', 'd']) add(lane, item(id, { n: 1 }))
    t.same((await settle(4)).toSorted(), ['dead letter b row_refused', 'landed a', 'landed c', 'landed d'])
    t.same(
      asked.filter((each) => each.startsWith('append')),
      ['append 4', 'append 4', 'append 2', 'append 1', 'append 1', 'append 2'],
    )
  },
)

t.test('a row is to blame only while the table has the columns that it was encoded for', async (t) => {
  const wider = schemaOf(column('n', 'FLOAT64'))
  const row: AppendResult = { outcome: 'refused_rows', rows: [{ index: 0, message: 'a REQUIRED column' }] }
  for (const answer of [BAD_REQUEST, row]) {
    const { lane, settle } = laneWith([schemaOf(column('n', 'INT64')), wider], [answer, answer])
    add(lane, item('a', { n: 1 }))
    t.same(await settle(1), ['landed a'])
  }
})

t.test('an event whose append fails again and again is given back when its time has come', async (t) => {
  for (const code of [7, 8, 14]) {
    const { lane, settle, clock } = laneWith(
      [schemaOf(column('n', 'INT64'))],
      Array.from({ length: 1000 }, () => Object.assign(new Error('no'), { code })),
    )
    add(lane, item('a', { n: 1 }, 5000))
    clock.now = 4000
    await sleep(20)
    clock.now = 5000
    t.same(await settle(1), ['given back a'], `${code}`)
    t.ok(lane.isIdle)
  }
})

t.test(
  'a table that takes nothing holds its share of the room, and goes on when it takes rows again',
  async (t) => {
    for (const code of [7, 8, 14]) {
      let takes = false
      const no = Object.assign(new Error('no'), { code })
      const answers = { shift: () => (takes ? undefined : no) } as unknown as Answer[]
      const { lane, settle, ends, clock, asked } = laneWith(
        [schemaOf(column('n', 'INT64'))],
        answers,
        '',
        400,
      )
      add(lane, item('first', { n: 1 }))
      await until(() => asked.includes('append 1'))
      clock.now += 11_000
      await until(() => lane.parked > 0)
      for (let n = 0; n < 1000; n++) add(lane, item(`${n}`, { n: 1 }))
      t.ok(lane.parked <= 300, `${lane.parked} wait`)
      t.ok(ends.length >= 600 && ends.every((end) => end.startsWith('given back')))
      await until(() => asked.includes('append 100'))
      takes = true
      t.equal(new Set(await settle(1001)).size, 1001, 'each has one end')
      t.ok(lane.isIdle)
    }
  },
)

t.test(
  'an append that is not answered for long lets nothing more in but what there is room for',
  async (t) => {
    let answer = (_error: Error): void => {}
    const late = new Promise<Error>((resolve) => (answer = resolve))
    const { lane, asked, ends, settle, clock } = laneWith([schemaOf(column('n', 'INT64'))], [late], '', 40)
    add(lane, item('first', { n: 1 }))
    await until(() => asked.includes('append 1'))
    add(lane, item('behind it', { n: 1 }))
    t.equal(lane.parked, 0, 'for a moment it goes behind the other one')
    // the lane waits as long for it as a person would: see STUCK_MS
    clock.now += 10_000
    await until(() => lane.parked > 0, 15_000)
    for (let n = 0; n < 100; n++) add(lane, item(`${n}`, { n: 1 }))
    t.equal(lane.parked, 30, 'three quarters of the room')
    t.equal(ends.filter((end) => end.startsWith('given back')).length, 71)
    t.notOk(ends.some((end) => end.startsWith('landed')))
    answer(Object.assign(new Error('gone'), { code: 14 }))
    await settle(102)
    t.ok(lane.isIdle)
    t.equal(ends.filter((end) => end.startsWith('landed')).length, 30)
    t.equal(new Set(ends).size, 102, 'each has one end')
  },
)

t.test('an event that cannot be encoded is given back; those that wait beside it land', async (t) => {
  const schema = schemaOf(column('n', 'INT64'))
  const strange: WriteSchema = {
    ...schema,
    encode: (event, row) => {
      if (event['n'] === 13) throw new RangeError('Maximum call stack size exceeded')
      return schema.encode(event, row)
    },
  }
  const { lane, settle } = laneWith([undefined, strange])
  for (const n of [12, 13, 14]) add(lane, item(`${n}`, { n }))
  t.same((await settle(3)).toSorted(), ['given back 13', 'landed 12', 'landed 14'])
  t.ok(lane.isIdle)
})

t.test('a broken connection is opened again and its rows go again', async (t) => {
  const broken = Object.assign(new Error('14 UNAVAILABLE'), { code: 14 })
  const { lane, asked, settle } = laneWith([schemaOf(column('n', 'INT64'))], [broken])
  add(lane, item('a', { n: 1 }))
  t.same(await settle(1), ['landed a'])
  t.same(asked, ['readSchema', 'connect', 'append 1', 'connect', 'append 1'])
})
