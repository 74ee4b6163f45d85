import { column } from '@tablestream/table-schema'
import t from 'tap'
import { poll } from '../../../../scripts/poll.ts'
import type { Ask } from '../../src/asking/ask.ts'
import { schemaOf, type Read } from '../fake-write-path.ts'
import { add, item, laneWith, until } from './lane-with.ts'
import { letTimeFly } from '../flying-time.ts'

t.beforeEach(letTimeFly)

// each test is quick; a machine that does much else is not
t.setTimeout(90_000)

const FREEZE = '{"x":{"tables":"freeze"}}'
const SCHEMA = schemaOf(column('n', 'INT64'))
const gone = (code: number) => Object.assign(new Error('gone'), { code })
const times = (asked: readonly string[], what: string) => asked.filter((each) => each === what).length

/** Requests to table-manager, by the ids of the messages that ask. */
function asking(): { readonly requests: string[]; readonly ask: Ask } {
  const requests: string[] = []
  return {
    requests,
    ask: {
      turn: () => 'now',
      send: (_, [request]) => Promise.resolve(requests.push(request!.attributes['asked-by-message-id']!) > 0),
    },
  }
}

t.test(
  'freeze: events are dead letters once tables.get has said for a while that there is no table',
  async (t) => {
    const { lane, ends, asked, clock, settle } = laneWith([undefined], [], FREEZE)
    add(lane, item('a', { n: 1 }))
    for (let told = 1; told <= 4; told++) {
      await until(() => times(asked, 'tables.get') >= told)
      const looks = times(asked, 'readSchema')
      await until(() => times(asked, 'readSchema') > looks)
      t.same(ends, [], `${clock.now}`)
      clock.now += 3000
    }
    t.same(await settle(1), ['dead letter a table_not_allowed'])
    add(lane, item('b', { n: 1 }))
    t.same(await settle(2), ['dead letter a table_not_allowed', 'dead letter b table_not_allowed'])
    t.ok(lane.isIdle)
  },
)

t.test('freeze: a table that is there, or of which nobody is told, is waited for', async (t) => {
  for (const has of [() => Promise.resolve(true), () => Promise.reject(gone(403))]) {
    const schemas = [...Array.from({ length: 6 }, () => undefined), SCHEMA]
    const { lane, asked, clock, settle } = laneWith(schemas, [], FREEZE, 1000, undefined, has)
    add(lane, item('a', { n: 1 }))
    for (let look = 1; look <= 5; look++) {
      await until(() => times(asked, 'readSchema') > look)
      clock.now += 5000
    }
    t.same(await settle(1), ['landed a'])
  }
})

t.test('freeze: one answer of the write path about a table that is there rejects nothing', async (t) => {
  for (const code of [5, 7]) {
    const has = () => Promise.resolve(true)
    const { lane, settle } = laneWith([SCHEMA, undefined, SCHEMA], [gone(code)], FREEZE, 1000, undefined, has)
    for (const id of ['a', 'b', 'c']) add(lane, item(id, { n: 1 }))
    t.same(await settle(3), ['landed a', 'landed b', 'landed c'])
  }
})

t.test('a table that was never seen is asked for at once', async (t) => {
  const { requests, ask } = asking()
  const { lane, asked, settle } = laneWith([undefined, undefined, SCHEMA], [], '', 1000, ask)
  add(lane, item('a', { n: 1 }))
  t.same(await settle(1), ['landed a'])
  t.same(requests.slice(0, 1), ['a'])
  t.notOk(asked.includes('tables.get'))
})

t.test('as long as it is in line to be asked for, it is looked at seldom, and nobody wonders', async (t) => {
  const goes: (() => void)[] = []
  const requests: string[] = []
  const ask: Ask = {
    turn: (_, _isUrgent, go) => (goes.push(go), 'later'),
    send: (_, [request]) => Promise.resolve(requests.push(request!.attributes['asked-by-message-id']!) > 0),
  }
  const schemas: Read[] = [undefined]
  const { lane, asked, clock, settle } = laneWith(schemas, [], '', 1000, ask)
  add(lane, item('a', { n: 1 }))
  await until(() => goes.length > 0)
  const looks = times(asked, 'readSchema')
  // as many seconds as would be a dozen looks, by a clock that stands
  await until(() => false, 20_000)
  t.equal(times(asked, 'readSchema'), looks)
  clock.now += 60_000
  await until(() => times(asked, 'readSchema') > looks)
  await until(() => false, 20_000)
  t.equal(times(asked, 'readSchema'), looks + 1, 'another writer may have asked for it')
  t.same(requests, [])
  t.notOk(asked.includes('tables.get'))
  goes[0]!()
  clock.now += 1000
  await until(() => requests.length > 0)
  t.same(requests, ['a'])
  schemas.push(SCHEMA)
  t.same(await settle(1), ['landed a'])
})

t.test('one that was seen before is asked for when tables.get does not show it either', async (t) => {
  for (const [has, wanted] of [
    [() => Promise.resolve(true), []],
    [() => Promise.resolve(false), ['b']],
    [() => Promise.reject(gone(403)), ['b']],
  ] as const) {
    const { requests, ask } = asking()
    const answers = [{ outcome: 'landed' } as const, gone(5)]
    const { lane, asked, settle } = laneWith([SCHEMA, undefined, SCHEMA], answers, '', 1000, ask, has)
    add(lane, item('a', { n: 1 }))
    await settle(1)
    // of a table that is news table-manager is told
    await until(() => requests.length > 0)
    requests.splice(0)
    add(lane, item('b', { n: 1 }))
    await until(() => asked.includes('tables.get'))
    await until(() => requests.length > 0, 100)
    t.same(requests.slice(0, 1), wanted)
    t.same(await settle(2), ['landed a', 'landed b'])
  }
})

t.test('columns in quarantine are asked for after a table was not shown for a moment', async (t) => {
  const { requests, ask } = asking()
  const policies = '{"x":{"quarantine":{"events":2}}}'
  const { lane, settle } = laneWith([SCHEMA, undefined, SCHEMA], [], policies, 1000, ask)
  add(lane, item('a', { n: 1 }))
  await settle(1)
  t.equal(await lane.isThere(), 'no')
  await poll(async () => ((await lane.isThere()) === 'yes' ? true : undefined), {
    timeoutMs: 60_000,
    everyMs: 50,
    what: 'the table shown again',
  })
  add(lane, item('b', { m: 1 }))
  add(lane, item('c', { m: 1 }))
  await settle(3)
  t.ok(requests.includes('b') && requests.includes('c'), requests.join(' '))
})

t.test('whether a table is there: yes, no, or unknown', async (t) => {
  const other = { ...SCHEMA, incarnation: 'x 2', fingerprint: 'other' }
  const cases = [
    [SCHEMA, () => Promise.resolve(true), 'yes'],
    [other, () => Promise.resolve(true), 'no'],
    [undefined, () => Promise.resolve(false), 'no'],
    [undefined, () => Promise.resolve(true), 'unknown'],
    [undefined, () => Promise.reject(gone(403)), 'unknown'],
    ['hidden', () => Promise.resolve(true), 'unknown'],
    ['hidden', () => Promise.resolve(false), 'unknown'],
    [gone(14), () => Promise.resolve(true), 'unknown'],
    [gone(14), () => Promise.resolve(false), 'unknown'],
  ] as const
  for (const [now, has, wanted] of cases) {
    const { lane, settle } = laneWith([SCHEMA, now], [], '', 1000, undefined, has)
    add(lane, item('a', { n: 1 }))
    await settle(1)
    t.equal(await lane.isThere(SCHEMA.incarnation), wanted)
  }
})
