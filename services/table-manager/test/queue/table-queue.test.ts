import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import { destination } from '@tablestream/contract'
import t from 'tap'
import type { TableChange } from '../../src/table-change.ts'
import { queueOf, event, names } from './queue-of.ts'
import { FakeTables } from './fake-tables.ts'

t.test('it creates the table, adds what is new, and asks nothing for what fits', async (t) => {
  const tables = new FakeTables()
  const one = queueOf(tables)
  t.match(await one.fit(event({ a: 1 })), { outcome: 'created' })
  t.match(await one.fit(event({ a: 2 })), { outcome: 'fits' })
  t.match(await one.fit(event({ b: 'x' })), { outcome: 'altered' })
  t.same(tables.asked, ['read', 'create', 'alter'])
  t.same(names(tables), ['a', 'b'])
})

t.test('no table is made beside the one that its type had by an older version', async (t) => {
  for (const policy of [{}, { tables: 'freeze' }]) {
    const before = new FakeTables()
    await queueOf(before).fit(event({ a: 1 }))
    const tables = new FakeTables()
    const { former } = destination('PageView')
    const read = tables.read.bind(tables)
    const both = (name: string) => (name === former ? before : { read }).read()
    const one = queueOf(Object.assign(tables, { read: both }), { eventType: 'PageView', policy })
    const asked = await Promise.all([one.fit(event({ a: 1 })), one.fit(event({ b: 1 }))])
    const refused = { outcome: 'former_table', former: 'page_view_7e7106df' }
    t.same(asked, [refused, refused])
    t.equal(tables.state, undefined)
    // somebody has given it the name of now, or made that table
    tables.state = before.state
    if (policy.tables === undefined) before.state = undefined
    t.same(await one.fit(event({ a: 1 })), { outcome: 'fits' })
  }
  const tables = new FakeTables()
  t.same(await queueOf(tables, { eventType: 'PageView' }).fit(event({ a: 1 })), { outcome: 'created' })
  t.same(tables.asked, ['read', 'read', 'create'])
})

t.test('a table is read again when what is known of it is too old', async (t) => {
  const tables = new FakeTables()
  const clock = { now: 0 }
  const one = queueOf(tables, { cacheMs: 1000, clock })
  await one.fit(event({ a: 1 }))
  tables.state = undefined
  clock.now = 1001
  t.match(await one.fit(event({ a: 1 })), { outcome: 'created' }, 'it was dropped, and is made again')
})

t.test('events that come during a change go into the next one together', async (t) => {
  const tables = new FakeTables()
  const one = queueOf(tables)
  const first = one.fit(event({ f: 0 }))
  while (!tables.asked.includes('create')) await turn()
  const others = Array.from({ length: 99 }, (_, index) => one.fit(event({ [`f${index}`]: index })))
  await Promise.all([first, ...others])
  t.equal(names(tables).length, 100)
  t.same(tables.asked, ['read', 'create', 'alter'])
})

t.test('a DATE and other text that ask while the table is looked for make one STRING column', async (t) => {
  const tables = new FakeTables()
  const read = tables.read.bind(tables)
  const later: Promise<unknown>[] = []
  const one = queueOf(tables)
  tables.read = async () => {
    if (later.length === 0) later.push(one.fit(event({ day: 'soon' })), one.fit(event({ n: 0.5 })))
    return read()
  }
  t.match(await one.fit(event({ day: '2026-01-02' })), { outcome: 'created' })
  t.match(await Promise.all(later), [{ outcome: 'created' }, { outcome: 'created' }])
  t.same(
    tables.state!.columns.slice(-2).map(({ name, type }) => ({ name, type })),
    [
      { name: 'day', type: 'STRING' },
      { name: 'n', type: 'FLOAT64' },
    ],
  )
  t.same(tables.asked, ['read', 'create'])
})

t.test('eight instances at once end with the union of their columns, and make few changes', async (t) => {
  const clock = { now: 0 }
  const tables = new FakeTables(clock)
  const times: number[] = []
  const all = Array.from({ length: 8 }, () =>
    queueOf(tables, { clock, changed: () => times.push(clock.now) }),
  )
  await Promise.all(
    all.flatMap((one, index) => [one.fit(event({ [`a${index}`]: 1 })), one.fit(event({ [`b${index}`]: 1 }))]),
  )
  t.equal(new Set(names(tables)).size, 16)
  t.equal(names(tables).length, 16)
  t.ok(mostWithin(times, 10_000) <= 5, `at ${times.join(', ')} ms`)
})

/** The most times that lie within one span of so many milliseconds. */
function mostWithin(times: readonly number[], span: number): number {
  return Math.max(
    ...times.map((start) => times.filter((time) => time >= start && time < start + span).length),
  )
}

t.test('what may work later is tried again', async (t) => {
  const quota = Object.assign(new Error('too many updates'), {
    code: 403,
    errors: [{ reason: 'rateLimitExceeded' }],
  })
  const tables = new FakeTables()
  tables.failures = [quota, Object.assign(new Error('unavailable'), { code: 503 })]
  t.match(await queueOf(tables).fit(event({ a: 1 })), { outcome: 'created' })
})

t.test('a failure that stays rejects, and the next event begins anew', async (t) => {
  const tables = new FakeTables()
  tables.failures = Array.from({ length: 8 }, () =>
    Object.assign(new Error('down'), { code: 'ECONNREFUSED' }),
  )
  const one = queueOf(tables)
  await t.rejects(one.fit(event({ a: 1 })), { message: 'down' })
  t.match(await one.fit(event({ a: 1 })), { outcome: 'created' })
})

t.test(
  'every change is told: what was added, relaxed and widened, and which events asked for it',
  async (t) => {
    const tables = new FakeTables()
    const told: TableChange[] = []
    const one = queueOf(tables, { changed: (change) => told.push(change) })
    await one.fit(event({ a: 1 }))
    const asked = event({ a: 1.5, b: 2 })
    await one.fit(asked)
    t.match(told, [
      { table: 'x', outcome: 'created', added: /a/ },
      { outcome: 'altered', added: ['b'], widened: [], eventIds: [asked.eventId] },
      { outcome: 'altered', added: [], widened: [{ path: 'a', from: 'INT64', to: 'NUMERIC' }] },
    ])
    t.same(tables.asked, ['read', 'create', 'alter', 'read', 'widen'])
  },
)

t.test('a thousand new shapes in a burst make at most five changes in ten seconds', async (t) => {
  const clock = { now: 0 }
  const tables = new FakeTables(clock)
  const times: number[] = []
  const one = queueOf(tables, { clock, changed: () => times.push(clock.now) })
  const all: Promise<unknown>[] = []
  for (let index = 0; index < 1000; index++) {
    all.push(one.fit(event({ [`f${index}`]: index })))
    if (index % 10 === 0) await turn()
  }
  await Promise.all(all)
  t.equal(names(tables).length, 1000)
  t.ok(mostWithin(times, 10_000) <= 5, `at ${times.join(', ')} ms`)
})

t.test('a new column in quarantine is added when enough events agree, or after a while', async (t) => {
  const tables = new FakeTables()
  const clock = { now: 0 }
  const one = queueOf(tables, { clock, policy: { quarantine: { events: 3, minutes: 10 } } })
  await one.fit(event({ a: 1 }))
  t.same(names(tables), ['a'], 'the columns that a table begins with are not in quarantine')
  const outcomes = []
  for (let i = 0; i < 3; i++) outcomes.push((await one.fit(event({ 'new.key': 1 }))).outcome)
  t.same(outcomes, ['fits', 'fits', 'altered'])
  await one.fit(event({ late: 1 }))
  clock.now += 600_000
  t.equal((await one.fit(event({ late: 1 }))).outcome, 'altered')
  t.match(names(tables), ['a', /^new_key_/, 'late'])
})

t.test('frozen tables and columns stay as they are', async (t) => {
  const tables = new FakeTables()
  t.same(await queueOf(tables, { policy: { tables: 'freeze' } }).fit(event({ a: 1 })), { outcome: 'frozen' })
  await queueOf(tables).fit(event({ a: 1 }))
  for (const columns of ['freeze', 'dead_letter']) {
    t.same(await queueOf(tables, { policy: { columns } }).fit(event({ b: 1, a: 1.5 })), { outcome: 'fits' })
  }
  t.same(names(tables), ['a'])
})

t.test(
  'a table that was dropped after its last event is made again, once what was known of it is out of date',
  async (t) => {
    const clock = { now: 0 }
    const tables = new FakeTables(clock)
    const one = queueOf(tables, { clock, cacheMs: 1 })
    await one.fit(event({ a: 1 }))
    t.same(await one.fit(event({ a: 2 })), { outcome: 'fits' })
    tables.state = undefined
    clock.now += 1000
    for (let i = 0; i < 200 && !tables.state; i++) await sleep(10)
    t.same(names(tables), ['a'])
  },
)

t.test('a type whose duplicates are upserts gets a table with a primary key', async (t) => {
  const tables = new FakeTables()
  const upserts = queueOf(tables, { policy: { duplicates: 'upsert' } })
  await upserts.fit(event({ n: 1 }))
  t.same(tables.state!.primaryKey, ['_source', 'event_id'])
  await upserts.fit(event({ n: 2 }))
  t.same(tables.asked, ['read', 'create'], 'and is left alone from then on')
})

t.test('a table that was there before gets its primary key by the next event', async (t) => {
  const tables = new FakeTables()
  await queueOf(tables).fit(event({ n: 1 }))
  t.same(tables.state!.primaryKey, [])
  await queueOf(tables, { policy: { duplicates: 'upsert' } }).fit(event({ n: 1 }))
  t.same(tables.state!.primaryKey, ['_source', 'event_id'])
})

t.test('every state of a table is told, for the view beside it; not where rows are upserts', async (t) => {
  for (const [duplicates, told] of [
    ['view', ['1', '2']],
    ['upsert', []],
  ] as const) {
    const seen: (string | undefined)[] = []
    const one = queueOf(new FakeTables(), {
      policy: { duplicates },
      seen: (_table, { etag }) => seen.push(etag),
    })
    await one.fit(event({ n: 1 }))
    await one.fit(event({ m: 1 }))
    t.same(seen, told, duplicates)
  }
})
