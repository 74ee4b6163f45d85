import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import { parsePolicies } from '@tablestream/contract'
import { createLogger } from '@tablestream/service-kit'
import { column } from '@tablestream/table-schema'
import t from 'tap'
import { poll } from '../../../scripts/poll.ts'
import { keyTextOf, type RowKey } from '../src/doubts/row-lookup.ts'
import { createMetrics } from '../src/metrics.ts'
import { EventWriter } from '../src/write-events.ts'
import type { WriteSchema } from '../src/row/write-schema.ts'
import { FakeSubscription, pullResponse } from './pull/fake-pull-call.ts'
import { fakeWritePath, schemaOf, type Answer, type Read } from './fake-write-path.ts'
import { letTimeFly } from './flying-time.ts'

t.beforeEach(letTimeFly)

const SCHEMA = schemaOf(column('n', 'INT64'))
const MADE_ANEW: WriteSchema = { ...SCHEMA, incarnation: 'x 2', fingerprint: 'made anew' }

function start(
  t: { teardown: (done: () => Promise<void>) => void },
  schemas: Read[],
  answers: Answer[] = [],
  found: (keys: readonly RowKey[]) => ReadonlySet<string> = () => new Set(),
  policies = '',
) {
  const { asked, path } = fakeWritePath(schemas, answers)
  const subscription = new FakeSubscription()
  const deadLetters: Record<string, string>[] = []
  const writer = new EventWriter({
    pubsub: Object.assign(subscription, { check: () => Promise.resolve() }),
    deadLetters: {
      publish: (messages) => {
        deadLetters.push(...messages.map(({ attributes }) => ({ ...attributes })))
        return Promise.resolve(messages.map(() => 'id'))
      },
      check: () => Promise.resolve(),
      close: () => Promise.resolve(),
    },
    requests: undefined,
    writePath: path,
    tablesGet: { has: () => Promise.resolve(true) },
    lookup: { find: (_, keys) => Promise.resolve(found(keys)), mayPass: () => false },
    logger: createLogger({ service: 'test', level: 'silent' }),
    metrics: createMetrics,
    subscription: 's',
    leaseSeconds: 10,
    maxMessages: 100,
    maxBytes: 1e6,
    parkSeconds: 60,
    duplicateWindow: 100,
    policies: parsePolicies(policies),
    now: Date.now,
  })
  t.teardown(() => writer.stop())
  writer.start()
  const deliver = (
    ackId: string,
    event: object,
    {
      deliveryAttempt = 1,
      attributes = {},
    }: { deliveryAttempt?: number; attributes?: Record<string, string> } = {},
  ) =>
    subscription.calls[0]!.emit(
      'data',
      pullResponse([
        {
          ackId,
          deliveryAttempt,
          message: {
            attributes,
            data: Buffer.from(JSON.stringify({ event_type: 'x', ...event })),
            messageId: ackId,
            publishTime: { seconds: 1_767_225_600 },
          },
        },
      ]),
    )
  /** All in one response. */
  const deliverBytes = (...all: Buffer[]) =>
    subscription.calls[0]!.emit(
      'data',
      pullResponse(
        all.map((data, n) => ({
          ackId: `${n}`,
          deliveryAttempt: 1,
          message: { data, messageId: `${n}`, publishTime: { seconds: 1_767_225_600 } },
        })),
      ),
    )
  const { acked, modified } = subscription
  const settle = async (count: number) => {
    for (let i = 0; i < 500 && acked.length < count; i++) await sleep(10)
    return acked.toSorted()
  }
  const appended = () =>
    asked.reduce((sum, each) => sum + (each.startsWith('append') ? Number(each.split(' ')[1]) : 0), 0)
  const givenBack = () => modified.filter(({ seconds }) => seconds === 0).length
  return { deliver, deliverBytes, settle, appended, givenBack, deadLetters, metrics: writer.metrics }
}

t.test(
  'an event that landed is a duplicate when it comes again, and one that is on its way shares its end',
  async (t) => {
    const { deliver, settle, appended, metrics } = start(t, [SCHEMA])
    deliver('1', { event_id: 'a', n: 1 })
    deliver('2', { event_id: 'a', n: 1 })
    deliver('3', { event_id: 'b', n: 1 })
    t.same(await settle(3), ['1', '2', '3'])
    deliver('4', { event_id: 'b', n: 1 })
    t.same(await settle(4), ['1', '2', '3', '4'])
    t.equal(appended(), 2, 'each event is one row')
    t.match(await metrics.duplicate.get(), { values: [{ labels: { table: 'x' }, value: 2 }] })
    t.match(await metrics.landed.get(), { values: [{ labels: { table: 'x' }, value: 2 }] })
  },
)

t.test('of large messages that came together one is read in a turn of the event loop', async (t) => {
  const { deliverBytes, settle, deadLetters } = start(t, [SCHEMA])
  deliverBytes(...Array.from({ length: 5 }, () => Buffer.alloc(700_000, 'x')))
  t.equal(deadLetters.length, 0)
  for (let before = 0; before < 5;) {
    await turn()
    t.ok(deadLetters.length <= before + 1, `${deadLetters.length} after ${before}`)
    before = deadLetters.length
  }
  t.same(await settle(5), ['0', '1', '2', '3', '4'])
})

t.test('in a table that was made anew the event is no duplicate', async (t) => {
  const { deliver, settle, appended } = start(t, [SCHEMA, MADE_ANEW])
  deliver('1', { event_id: 'a', n: 1 })
  t.same(await settle(1), ['1'])
  deliver('2', { event_id: 'a', n: 1 })
  t.same(await settle(2), ['1', '2'])
  t.equal(appended(), 2)
})

t.test('the same event id in two tables is two events', async (t) => {
  const { deliver, settle, appended } = start(t, [SCHEMA])
  deliver('1', { event_id: 'a', n: 1 })
  deliver('2', { event_id: 'a', event_type: 'y', n: 1 })
  t.same(await settle(2), ['1', '2'])
  t.equal(appended(), 2)
})

t.test('a twin of an event that becomes a dead letter is a dead letter too', async (t) => {
  const refused: Answer = { outcome: 'refused_rows', rows: [{ index: 0, message: 'bad' }] }
  const { deliver, settle, deadLetters } = start(t, [SCHEMA], [refused, refused])
  deliver('1', { event_id: 'a', n: 1 })
  deliver('2', { event_id: 'a', n: 1 })
  t.same(await settle(2), ['1', '2'])
  t.same(
    deadLetters.map((attributes) => attributes['dead-letter-message-id']),
    ['1', '2'],
  )
})

const idsOf = (keys: readonly RowKey[]) => keys.map(({ eventId }) => eventId)
const has =
  (...ids: string[]) =>
  (keys: readonly RowKey[]) =>
    new Set(keys.filter(({ eventId }) => ids.includes(eventId)).map(keyTextOf))

t.test(
  'what somebody may have written before is asked after: a row that is there is a duplicate',
  async (t) => {
    const asked: string[] = []
    const { deliver, settle, appended, metrics } = start(t, [SCHEMA], [], (keys) => {
      asked.push(...idsOf(keys))
      return has('a', 'c')(keys)
    })
    deliver('0', { event_id: 'zero', n: 1 })
    t.same(await settle(1), ['0'])
    deliver('1', { event_id: 'a', n: 1 }, { deliveryAttempt: 2 })
    deliver('2', { event_id: 'b', n: 1 }, { deliveryAttempt: 2 })
    deliver('3', { event_id: 'c', n: 1 }, { attributes: { 'published-again': 'true' } })
    deliver('4', { event_id: 'd', n: 1 }, { deliveryAttempt: 2, attributes: { 'write-again': 'true' } })
    t.same(await settle(5), ['0', '1', '2', '3', '4'])
    t.same(asked, ['a', 'b', 'c'])
    t.equal(appended(), 3, 'zero, b and d')
    t.match(await metrics.duplicate.get(), { values: [{ value: 2 }] })
  },
)

t.test(
  'a repeat is not written unasked because nobody tells whether its table is still the one',
  async (t) => {
    const notNow = Object.assign(new Error('no answer'), { code: 14 })
    // tables.get says that it is there
    for (const answer of [notNow, undefined]) {
      const asked: string[] = []
      const { deliver, settle, appended, metrics } = start(t, [SCHEMA, answer], [], (keys) => {
        asked.push(...idsOf(keys))
        return has('a', 'b')(keys)
      })
      deliver('1', { event_id: 'a', n: 1 })
      deliver('2', { event_id: 'b', n: 1 })
      await settle(2)
      deliver('3', { event_id: 'a', n: 1 })
      deliver('4', { event_id: 'b', n: 1 }, { deliveryAttempt: 2 })
      t.same(await settle(4), ['1', '2', '3', '4'])
      t.same(asked.toSorted(), ['a', 'b'])
      t.equal(appended(), 2)
      t.match(await metrics.duplicate.get(), { values: [{ value: 2 }] })
    }
  },
)

t.test('one that collides is given back where nobody tells: the first one may be gone', async (t) => {
  const { deliver, settle, appended, givenBack } = start(t, [SCHEMA, new Error('no answer')])
  deliver('1', { event_id: 'a', n: 1 })
  await settle(1)
  deliver('2', { event_id: 'a', n: 2 })
  await poll(() => givenBack() > 0 || undefined, { timeoutMs: 60_000, everyMs: 5, what: 'given back' })
  t.equal(appended(), 1)
})

t.test('in a table that was made anew one that came before is asked after', async (t) => {
  const { deliver, settle, appended } = start(t, [SCHEMA, MADE_ANEW], [], has('a'))
  deliver('1', { event_id: 'a', n: 1 })
  await settle(1)
  deliver('2', { event_id: 'a', n: 1 }, { deliveryAttempt: 2 })
  t.same(await settle(2), ['1', '2'])
  t.equal(appended(), 1, 'another writer has brought it there')
})

t.test('the next one with an id is asked after if it came before', async (t) => {
  const refused: Answer = { outcome: 'refused_rows', rows: [{ index: 0, message: 'bad' }] }
  const asked: string[] = []
  const { deliver, settle, appended } = start(t, [SCHEMA], [refused, refused], (keys) => {
    asked.push(...idsOf(keys))
    return has('a')(keys)
  })
  deliver('1', { event_id: 'a', n: 1 })
  deliver('2', { event_id: 'a', n: 2 }, { deliveryAttempt: 2 })
  t.same(await settle(2), ['1', '2'])
  t.same(asked, ['a'])
  t.equal(appended(), 2, 'the first one, twice')
})

t.test('what was given back comes back in large portions, beside what waits and what lands', async (t) => {
  const { deliver, settle, givenBack } = start(t, [SCHEMA])
  deliver('first', { event_id: 'first', n: 1 })
  await settle(1)
  for (let n = 0; n < 90; n++) deliver(`again ${n}`, { event_id: `again ${n}`, n }, { deliveryAttempt: 5 })
  for (let n = 0; n < 9; n++) deliver(`new ${n}`, { event_id: `new ${n}`, n })
  const acked = await settle(78)
  t.equal(acked.filter((id) => id.startsWith('new')).length, 9)
  t.ok(givenBack() <= 22, `${givenBack()} of 90 are given back once more`)
  t.equal(acked.length + givenBack(), 100)
})

t.test('rows of an append without an answer are asked after before they go again', async (t) => {
  const { deliver, settle, appended, metrics } = start(t, [SCHEMA], [new Error('14 UNAVAILABLE')], has('a'))
  deliver('1', { event_id: 'a', n: 1 })
  deliver('2', { event_id: 'b', n: 1 })
  t.same(await settle(2), ['1', '2'])
  t.equal(appended(), 3, 'both, and b again')
  t.match(await metrics.landed.get(), { values: [{ value: 2 }] })
})

t.test(
  'an event with the id of another one, and other bytes, is a dead letter once that one has landed',
  async (t) => {
    const { deliver, settle, appended, deadLetters } = start(t, [SCHEMA])
    deliver('1', { event_id: 'a', n: 1 })
    deliver('2', { event_id: 'a', n: 2 })
    deliver('3', { event_id: 'a', n: 1 })
    t.same(await settle(3), ['1', '2', '3'])
    deliver('4', { event_id: 'a', n: 3 })
    t.same(await settle(4), ['1', '2', '3', '4'])
    t.equal(appended(), 1)
    t.match(deadLetters, [
      {
        'dead-letter-reason': 'event_id_collision',
        'dead-letter-path': '/event_id',
        'dead-letter-value': '"a"',
        'dead-letter-message': /message 1, published 2026-01-01T00:00:00.000Z/,
        'dead-letter-message-id': '2',
      },
      { 'dead-letter-message': /landed before/, 'dead-letter-message-id': '4' },
    ])
  },
)

t.test('when the one that has the id becomes a dead letter, the next one has it', async (t) => {
  const refused: Answer = { outcome: 'refused_rows', rows: [{ index: 0, message: 'bad' }] }
  const { deliver, settle, appended, deadLetters } = start(t, [SCHEMA], [refused, refused])
  deliver('1', { event_id: 'a', n: 1 })
  deliver('2', { event_id: 'a', n: 2 })
  deliver('3', { event_id: 'a', n: 1 })
  deliver('4', { event_id: 'a', n: 2 })
  t.same(await settle(4), ['1', '2', '3', '4'])
  t.equal(appended(), 3, 'the first one twice, the second one once')
  t.same(
    deadLetters.map((attributes) => attributes['dead-letter-message-id']),
    ['1', '3'],
  )
})

for (const [policy, rows] of [
  [{ collisions: 'keep' }, 3],
  [{ duplicates: 'upsert' }, 5],
] as const) {
  const name = rows === 3 ? 'repeats are not' : 'repeats are, too: they were published later'
  t.test(`${JSON.stringify(policy)}: events with other bytes are written, ${name}`, async (t) => {
    const policies = JSON.stringify({ x: policy })
    const { deliver, settle, appended, deadLetters } = start(t, [SCHEMA], [], undefined, policies)
    deliver('1', { event_id: 'a', n: 1 })
    deliver('2', { event_id: 'a', n: 2 })
    deliver('3', { event_id: 'a', n: 2 })
    t.same(await settle(3), ['1', '2', '3'])
    deliver('4', { event_id: 'a', n: 2 })
    deliver('5', { event_id: 'a', n: 3 })
    t.same(await settle(5), ['1', '2', '3', '4', '5'])
    t.equal(appended(), rows)
    t.same(deadLetters, [])
  })
}

t.test(
  'the same event of another source is another event; asked to, an event is written again',
  async (t) => {
    const { deliver, settle, appended } = start(t, [SCHEMA])
    deliver('1', { event_id: 'a', n: 1 })
    deliver('2', { event_id: 'a', n: 1 }, { attributes: { 'ce-source': '/shop' } })
    t.same(await settle(2), ['1', '2'])
    t.equal(appended(), 2)
    deliver('3', { event_id: 'a', n: 1 }, { attributes: { 'write-again': 'true' } })
    t.same(await settle(3), ['1', '2', '3'])
    t.equal(appended(), 3)
  },
)

t.test(
  'events with one id take no more room than others while they wait: what finds none is given back',
  async (t) => {
    const { deliver, settle, givenBack, metrics } = start(t, [SCHEMA, undefined, undefined, SCHEMA])
    const isOver = () =>
      poll(() => givenBack() > 0 || undefined, { timeoutMs: 60_000, everyMs: 5, what: 'given back' })
    deliver('good', { event_type: 'y', event_id: 'good', n: 1 })
    t.same(await settle(1), ['good'])
    // half of 100 may wait, nine tenths of that for tables that are not there, and nine thirteenths of these of one source
    for (let n = 0; n < 90; n++) deliver(`${n}`, { event_id: 'constant', n: 1 })
    await isOver()
    t.equal(givenBack(), 58)
    t.match(await metrics.givenBack.get(), { values: [{ labels: { table: 'x' }, value: 58 }] })
    t.equal((await settle(33)).length, 33, 'the others share the end of the first one')
    for (let n = 0; n < 34; n++) deliver(`again ${n}`, { event_id: `again ${n}`, m: 1 })
    deliver('last', { event_id: 'last', n: 1 })
    t.ok((await settle(34)).includes('last'), 'and the room is free again')
    t.equal(givenBack(), 58)
  },
)

for (const [policy, rows] of [
  [{ collisions: 'keep' }, 2],
  [{ duplicates: 'upsert' }, 4],
] as const) {
  t.test(
    `${JSON.stringify(policy)}: two events with one id that come in turn are ${rows} rows`,
    async (t) => {
      const { deliver, settle, appended } = start(t, [SCHEMA], [], undefined, JSON.stringify({ x: policy }))
      for (const [index, n] of [1, 2, 1, 2].entries()) {
        deliver(`${index}`, { event_id: 'a', n })
        await settle(index + 1)
      }
      t.equal(appended(), rows)
    },
  )
}
