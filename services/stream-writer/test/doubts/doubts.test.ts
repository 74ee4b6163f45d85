import { createLogger } from '@tablestream/service-kit'
import t from 'tap'
import { poll } from '../../../../scripts/poll.ts'
import { Doubts } from '../../src/doubts/doubts.ts'
import { keyTextOf, type RowKey } from '../../src/doubts/row-lookup.ts'
import { newItem, type Item } from '../../src/judge/item.ts'
import { AckIds } from '../../src/pull/ack-ids.ts'
import { LeaseBatch } from '../../src/pull/lease.ts'

const item = (id: string, time = '2026-01-01T00:00:00Z', deadline = Number.MAX_SAFE_INTEGER): Item => {
  const message = {
    data: Buffer.from(JSON.stringify({ event_type: 'x', event_id: id })),
    attributes: {},
    messageId: id,
    publishTime: time,
  }
  return newItem(
    message,
    2,
    new LeaseBatch(AckIds.copy(Buffer.from(id), [0, id.length]), Number.MAX_SAFE_INTEGER),
    0,
    deadline,
  )
}
const ids = (items: readonly Item[]) => items.map(({ message }) => message.messageId)

const NEVER = new Promise<never>(() => {})

function start(
  find: (table: string, keys: readonly RowKey[]) => string[] | Promise<never>,
  mayPass = false,
  answerMs?: number,
) {
  const found: string[] = []
  const absent: string[] = []
  const late: string[] = []
  const doubts = new Doubts({
    lookup: {
      find: async (table, keys) => {
        const there = new Set(await find(table, keys))
        return new Set(keys.filter(({ eventId }) => there.has(eventId)).map(keyTextOf))
      },
      mayPass: () => mayPass,
    },
    logger: createLogger({ service: 'test', level: 'silent' }),
    events: {
      found: (_, items) => found.push(...ids(items)),
      absent: (_, items) => absent.push(...ids(items)),
      late: (_, items) => late.push(...ids(items)),
    },
    ...(answerMs !== undefined && { answerMs }),
  })
  const idle = () => poll(() => doubts.isIdle || undefined, { timeoutMs: 20_000, everyMs: 5, what: 'idle' })
  return { doubts, found, absent, late, idle }
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
  'a query that is never answered ends: it is asked again, and then its events are written',
  async (t) => {
    let asked = 0
    const { doubts, found, absent, idle } = start(() => (++asked === 1 ? NEVER : ['a']), true, 50)
    doubts.add('x', [item('a'), item('b')], 10)
    await idle()
    t.same([found, absent], [['a'], ['b']])

    const silent = start(() => NEVER, true, 50)
    silent.doubts.add('x', [item('a')], 10)
    await silent.idle()
    t.same(silent.absent, ['a'])
  },
)

t.test(
  'who waits for a turn behind queries without an answer is given back when its time is over',
  async (t) => {
    const { doubts, absent, late, idle } = start(() => NEVER, false, 1000)
    for (let table = 0; table < 8; table++) doubts.add(`stuck ${table}`, [item(`${table}`)], 0)
    doubts.add('waiting', [item('one', undefined, Date.now() + 700), item('two')], 0)
    await idle()
    t.same(late, ['one'])
    t.match(absent, { length: 9 })
  },
)
