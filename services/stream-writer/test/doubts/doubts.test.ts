import { setTimeout as sleep } from 'node:timers/promises'
import { createLogger } from '@tablestream/service-kit'
import t from 'tap'
import { poll } from '../../../../scripts/poll.ts'
import { Doubts } from '../../src/doubts/doubts.ts'
import { keyTextOf, type RowKey } from '../../src/doubts/row-lookup.ts'
import { ParkingLot } from '../../src/item/parking.ts'
import type { IsThere } from '../../src/presence/presence.ts'
import { newItem, type Item } from '../../src/item/item.ts'
import { AckIds } from '../../src/pull/ack-ids.ts'
import { LeaseBatch } from '../../src/pull/lease.ts'
import { letTimeFly } from '../flying-time.ts'

const item = (
  id: string,
  time = '2026-01-01T00:00:00Z',
  deadline = Number.MAX_SAFE_INTEGER,
  deliveryAttempt = 2,
  caller = '',
): Item => {
  const message = {
    data: Buffer.from(JSON.stringify({ event_type: 'x', event_id: id })),
    attributes: { 'tablestream-caller': caller },
    messageId: id,
    publishTime: time,
  }
  return newItem(
    message,
    deliveryAttempt,
    new LeaseBatch(AckIds.copy(Buffer.from(id), [0, id.length]), Number.MAX_SAFE_INTEGER),
    0,
    deadline,
  )
}
const ids = (items: readonly Item[]) => items.map(({ message }) => message.messageId)

t.beforeEach(letTimeFly)

const NEVER = new Promise<never>(() => {})

function start(
  find: (
    table: string,
    keys: readonly RowKey[],
  ) => string[] | undefined | Promise<string[] | undefined> | Promise<never>,
  mayPass = false,
  answerMs?: number,
  isThere: IsThere = 'unknown',
  messages = 1e6,
) {
  const found: string[] = []
  const absent: string[] = []
  const late: string[] = []
  const lot = new ParkingLot({ messages, bytes: 1e12 })
  const doubts = new Doubts({
    lookup: {
      find: async (table, keys) => {
        const answer = await find(table, keys)
        if (!answer) return undefined
        const there = new Set(answer)
        return new Set(keys.filter(({ eventId }) => there.has(eventId)).map(keyTextOf))
      },
      mayPass: () => mayPass,
    },
    logger: createLogger({ service: 'test', level: 'silent' }),
    room: { enter: (each) => lot.enter(each, true), leave: (each) => lot.leave(each) },
    isThere: () => Promise.resolve(isThere),
    events: {
      found: (_, items) => found.push(...ids(items)),
      absent: (_, items) => absent.push(...ids(items)),
      late: (_, items) => late.push(...ids(items)),
    },
    ...(answerMs !== undefined && { answerMs }),
  })
  const idle = () => poll(() => doubts.isIdle || undefined, { timeoutMs: 60_000, everyMs: 5, what: 'idle' })
  return { doubts, found, absent, late, idle, lot }
}

t.test('one query asks for all that came close to each other, by table', async (t) => {
  const asked: string[] = []
  const { doubts, found, absent, idle } = start((table, keys) => {
    asked.push(`${table} ${keys.map(({ eventId, eventDate }) => `${eventId} ${eventDate}`).join(', ')}`)
    return ['a', 'c']
  })
  doubts.add('x', [item('a')], 10)
  doubts.add('x', [item('b', '2026-01-02T00:00:00Z')], 10)
  doubts.add('y', [item('c')], 10)
  await idle()
  t.same(asked.toSorted(), ['x a 2026-01-01, b 2026-01-02', 'y c 2026-01-01'])
  t.same(found.toSorted(), ['a', 'c'])
  t.same(absent, ['b'])
})

t.test(
  'a query that may pass is tried again; one that may not is not, and then all are absent',
  async (t) => {
    let tries = 0
    const passing = start(() => {
      if (++tries < 3) throw new Error('503')
      return ['a']
    }, true)
    passing.doubts.add('x', [item('a')], 10)
    await passing.idle()
    t.same(passing.found, ['a'])

    let refusals = 0
    const refused = start(() => {
      refusals++
      throw new Error('403')
    })
    refused.doubts.add('x', [item('a'), item('b')], 10)
    await refused.idle()
    t.same(refused.absent, ['a', 'b'])
    t.equal(refusals, 1)
  },
)

t.test('large events are asked after a few at a time, and small ones do not wait for them', async (t) => {
  const asked: string[][] = []
  const { doubts, idle } = start((_, keys) => {
    asked.push(keys.map(({ eventId }) => eventId.slice(0, 2)))
    return []
  })
  const large = ['A1', 'A2', 'A3'].map((id) => item(id.padEnd(700_000, 'x')))
  doubts.add('x', [...large, item('b1'), item('b2')], 10)
  await idle()
  t.same(asked, [['A1', 'b1', 'b2'], ['A2'], ['A3']])
})

t.test('what waits can be taken back', async (t) => {
  const { doubts, found, absent, idle } = start(() => ['a'])
  doubts.add('x', [item('a')], 10)
  t.same(ids(doubts.takeWaiting()), ['a'])
  await idle()
  t.same([...found, ...absent], [])
})

t.test('nobody asks before the time: what lands late is found', async (t) => {
  const began = Date.now()
  const { doubts, found, idle } = start(() => (Date.now() - began > 500 ? ['late'] : []))
  doubts.add('x', [item('first')], 10)
  doubts.add('x', [item('late')], 700)
  await idle()
  t.same(found, ['late'])
})

t.test(
  'a query that is never answered ends: it is asked again, and then its events are given back',
  async (t) => {
    let asked = 0
    const { doubts, found, absent, idle } = start(() => (++asked === 1 ? NEVER : ['a']), true, 50)
    doubts.add('x', [item('a'), item('b')], 10)
    await idle()
    t.same([found, absent], [['a'], ['b']])

    const silent = start(() => NEVER, true, 50)
    silent.doubts.add('x', [item('a')], 10)
    await silent.idle()
    t.same([silent.late, silent.absent], [['a'], []])
  },
)

t.test(
  'events of a table that does not answer are written once they came often, or nobody counts',
  async (t) => {
    let asked = 0
    const { doubts, late, absent, idle } = start(() => {
      asked++
      throw new Error('503')
    }, true)
    const often = [item('often', undefined, undefined, 8), item('uncounted', undefined, undefined, 0)]
    doubts.add('x', [item('again', undefined, undefined, 7), ...often], 10)
    await idle()
    t.same([late, absent, asked], [['again'], ['often', 'uncounted'], 3])
  },
)

t.test(
  'after a table did not answer, those that come next are given back, and soon it is asked again',
  async (t) => {
    let isSilent = true
    let asked = 0
    const find = () => {
      asked++
      if (isSilent) throw new Error('503')
      return ['b', 'c']
    }
    const { doubts, found, late, absent } = start(find, true)
    doubts.add('x', [item('a')], 10)
    // keeps the table from being forgotten
    doubts.add('x', [item('c')], 15_000)
    await poll(() => late.length > 0 || undefined, { timeoutMs: 60_000, everyMs: 5, what: 'given back' })
    isSilent = false
    doubts.add('x', [item('b')], 0)
    await poll(() => late.length > 1 || undefined, {
      timeoutMs: 60_000,
      everyMs: 5,
      what: 'given back unasked',
    })
    t.equal(asked, 3)
    await poll(() => found.length > 0 || undefined, { timeoutMs: 60_000, everyMs: 5, what: 'asked again' })
    t.same([found, late, absent], [['c'], ['a', 'b'], []])
  },
)

t.test(
  'who waits for a turn behind queries without an answer is given back when its time is over',
  async (t) => {
    const { doubts, late, idle } = start(() => NEVER, false, 1000)
    for (let table = 0; table < 8; table++) doubts.add(`stuck ${table}`, [item(`${table}`)], 0)
    doubts.add('waiting', [item('one', undefined, Date.now() + 700), item('two')], 0)
    await idle()
    t.equal(late[0], 'one')
    t.match(late, { length: 10 })
  },
)

t.test('what waits for an answer takes its share of the room; what finds none is given back', async (t) => {
  const { doubts, found, late, lot, idle } = start(() => ['a'], false, undefined, 'unknown', 100)
  const many = Array.from({ length: 90 }, () => item('a'))
  doubts.add('x', many, 10)
  t.equal(late.length, 15, 'three quarters for one table')
  t.ok(lot.enter({ ...item('b'), table: 'other' }, true), 'and room for others')
  await idle()
  t.equal(found.length, 75)
  doubts.add('x', many.slice(0, 74), 10)
  t.equal(late.length, 15, 'those that were asked after have left it')
  t.equal(doubts.takeWaiting().length, 74)
  doubts.add('x', many.slice(0, 74), 10)
  t.equal(late.length, 15, 'and so have those that were taken back')
  await idle()
  doubts.add('x', [item('late', undefined, Date.now())], 60_000)
  await idle()
  for (let n = 0; n < 74; n++) t.ok(lot.enter({ ...item('b'), table: 'x' }, true))
})

t.test('up to four queries ask for many events of one table at a time', async (t) => {
  let asking = 0
  let most = 0
  const { doubts, found, absent, idle } = start(async (_, keys) => {
    most = Math.max(most, ++asking)
    await sleep(300)
    asking--
    return keys.map(({ eventId }) => eventId)
  })
  const many = Array.from({ length: 9000 }, (_, n) => item(`${n}`))
  for (let from = 0; from < many.length; from += 1000) doubts.add('x', many.slice(from, from + 1000), 10)
  await idle()
  t.equal(most, 4)
  t.equal(new Set(found).size, 9000)
  t.equal(found.length, 9000)
  t.same(absent, [])
})

t.test('where queries see no table, its events are new only if nobody else sees it', async (t) => {
  let asked = 0
  const find = () => {
    asked++
    return asked < 3 ? undefined : ['a']
  }
  for (const isThere of ['yes', 'unknown'] as const) {
    asked = 0
    const late = start(find, false, undefined, isThere)
    late.doubts.add('x', [item('a')], 10)
    await late.idle()
    t.same([late.found, late.absent], [['a'], []], isThere)
  }
  asked = 0
  const gone = start(find, false, undefined, 'no')
  gone.doubts.add('x', [item('a')], 10)
  await gone.idle()
  t.same([gone.found, gone.absent, asked], [[], ['a'], 1])
})

t.test('who has events of very many tables asked after keeps nobody else from a query', async (t) => {
  const asked: string[] = []
  const { doubts, idle } = start(async (table) => {
    asked.push(table)
    await sleep(1000)
    return []
  })
  const add = (table: string, caller: string) =>
    doubts.add(table, [item(table, undefined, undefined, undefined, caller)], 0)
  for (let n = 0; n < 100; n++) add(`greedy ${n}`, 'greedy')
  add('modest', 'modest')
  await idle()
  t.equal(asked.length, 101)
  t.ok(asked.indexOf('modest') < 20, `it is asked after ${asked.indexOf('modest')} others`)
})
