import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import { destination, parsePolicies, type Destination } from '@tablestream/contract'
import type { Column } from '@tablestream/table-schema'
import t from 'tap'
import type { ChangeOutcome, CreateOptions, Tables, TableState } from '../src/bigquery-tables.ts'
import { TableChanger, type ChangeRequest, type TableChange } from '../src/table-changer.ts'
import { fieldsOfColumns } from '../src/table-fields.ts'

/** One table with etags, as BigQuery keeps it; records what was asked of it. */
class FakeTables implements Tables {
  readonly asked: string[] = []
  state: TableState | undefined
  failures: Error[] = []
  readonly #clock: { now: number }
  #etag = 0

  constructor(clock = { now: 0 }) {
    this.#clock = clock
  }

  async read(): Promise<TableState | undefined> {
    this.#ask('read')
    await turn()
    return this.state
  }

  async create(
    _destination: Destination,
    columns: readonly Column[],
    { primaryKey = [] }: CreateOptions = {},
  ): Promise<ChangeOutcome> {
    this.#ask('create')
    await turn()
    return this.state ? { outcome: 'lost' } : { outcome: 'done', state: this.#keep(columns, primaryKey) }
  }

  async alter(
    _table: string,
    state: TableState,
    columns: readonly Column[],
    { primaryKey = [] }: CreateOptions = {},
  ): Promise<ChangeOutcome> {
    this.#ask('alter')
    await turn()
    return this.state?.etag === state.etag
      ? { outcome: 'done', state: this.#keep(columns, primaryKey) }
      : { outcome: 'lost' }
  }

  async widen(_table: string, _state: TableState, columns: readonly Column[]): Promise<ChangeOutcome> {
    this.#ask('widen')
    await turn()
    return { outcome: 'done', state: this.#keep(columns) }
  }

  async insertChange(): Promise<void> {}
  async keepView(): Promise<void> {}
  async check(): Promise<void> {}

  #ask(what: string): void {
    this.asked.push(what)
    const failure = this.failures.shift()
    if (failure) throw failure
  }

  #keep(columns: readonly Column[], primaryKey: readonly string[] = []): TableState {
    const { now } = this.#clock
    const createdAt = this.state?.createdAt ?? now
    this.state = {
      columns,
      fields: fieldsOfColumns(columns),
      etag: String(++this.#etag),
      primaryKey,
      createdAt,
      // like BigQuery's, no two changes at one time
      modifiedAt: this.state ? Math.max(now, createdAt + 1) : createdAt,
    }
    return this.state
  }
}

let nextId = 1
const event = (fields: object): ChangeRequest => ({
  event: { event_type: 'x', ...fields },
  eventId: String(nextId++),
})
const names = (tables: FakeTables): string[] => tables.state!.columns.slice(5).map(({ name }) => name)

interface ChangerOptions {
  readonly cacheMs?: number
  readonly policy?: object
  readonly clock?: { now: number }
  readonly changed?: (change: TableChange) => void
  readonly seen?: (table: string, state: TableState) => void
}

/** A changer whose pauses cost no time: they move its clock. */
function changer(
  tables: Tables,
  { cacheMs = 1e9, policy = {}, clock = { now: 0 }, changed, seen }: ChangerOptions = {},
) {
  const policies = parsePolicies(JSON.stringify({ x: policy }))
  return new TableChanger(destination('x'), policies.of('x'), {
    tables,
    cacheMs,
    now: () => clock.now,
    pause: async (ms) => {
      clock.now += ms
      await turn()
    },
    ...(changed && { changed }),
    ...(seen && { seen }),
  })
}

t.test('it creates the table, adds what is new, and asks nothing for what fits', async (t) => {
  const tables = new FakeTables()
  const one = changer(tables)
  t.match(await one.fit(event({ a: 1 })), { outcome: 'created' })
  t.match(await one.fit(event({ a: 2 })), { outcome: 'fits' })
  t.match(await one.fit(event({ b: 'x' })), { outcome: 'altered' })
  t.same(tables.asked, ['read', 'create', 'alter'])
  t.same(names(tables), ['a', 'b'])
})

t.test('a table is read again when what is known of it is too old', async (t) => {
  const tables = new FakeTables()
  const clock = { now: 0 }
  const one = changer(tables, { cacheMs: 1000, clock })
  await one.fit(event({ a: 1 }))
  tables.state = undefined
  clock.now = 1001
  t.match(await one.fit(event({ a: 1 })), { outcome: 'created' }, 'it was dropped, and is made again')
})

t.test('events that come during a change go into the next one together', async (t) => {
  const tables = new FakeTables()
  const one = changer(tables)
  await Promise.all(Array.from({ length: 100 }, (_, index) => one.fit(event({ [`f${index}`]: index }))))
  t.equal(names(tables).length, 100)
  t.same(tables.asked, ['read', 'create', 'alter'])
})

t.test('eight instances at once end with the union of their columns, and make few changes', async (t) => {
  const clock = { now: 0 }
  const tables = new FakeTables(clock)
  const times: number[] = []
  const all = Array.from({ length: 8 }, () =>
    changer(tables, { clock, changed: () => times.push(clock.now) }),
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

t.test('what may work later is tried again, what never will is told', async (t) => {
  const quota = Object.assign(new Error('too many updates'), {
    code: 403,
    errors: [{ reason: 'rateLimitExceeded' }],
  })
  const tables = new FakeTables()
  tables.failures = [quota, Object.assign(new Error('unavailable'), { code: 503 })]
  t.match(await changer(tables).fit(event({ a: 1 })), { outcome: 'created' })

  const refusing = new FakeTables()
  refusing.failures = [Object.assign(new Error('Invalid schema'), { code: 400 })]
  t.same(await changer(refusing).fit(event({ a: 1 })), { outcome: 'refused', reason: 'Invalid schema' })
})

t.test('a failure that stays rejects, and the next event begins anew', async (t) => {
  const tables = new FakeTables()
  tables.failures = Array.from({ length: 8 }, () =>
    Object.assign(new Error('down'), { code: 'ECONNREFUSED' }),
  )
  const one = changer(tables)
  await t.rejects(one.fit(event({ a: 1 })), { message: 'down' })
  t.match(await one.fit(event({ a: 1 })), { outcome: 'created' })
})

t.test(
  'every change is told: what was added, relaxed and widened, and which events asked for it',
  async (t) => {
    const tables = new FakeTables()
    const told: TableChange[] = []
    const one = changer(tables, { changed: (change) => told.push(change) })
    await one.fit(event({ a: 1 }))
    const asked = event({ a: 1.5, b: 2 })
    await one.fit(asked)
    t.match(told, [
      { table: 'x', outcome: 'created', added: /a/ },
      { outcome: 'altered', added: [], widened: [{ path: 'a', from: 'INT64', to: 'NUMERIC' }] },
      { outcome: 'altered', added: ['b'], widened: [], eventIds: [asked.eventId] },
    ])
    t.same(tables.asked, ['read', 'create', 'widen', 'alter'])
  },
)

t.test('a thousand new shapes in a burst make at most five changes in ten seconds', async (t) => {
  const clock = { now: 0 }
  const tables = new FakeTables(clock)
  const times: number[] = []
  const one = changer(tables, { clock, changed: () => times.push(clock.now) })
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
  const one = changer(tables, { clock, policy: { quarantine: { events: 3, minutes: 10 } } })
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
  t.same(await changer(tables, { policy: { tables: 'freeze' } }).fit(event({ a: 1 })), { outcome: 'frozen' })
  await changer(tables).fit(event({ a: 1 }))
  for (const columns of ['freeze', 'dead_letter']) {
    t.same(await changer(tables, { policy: { columns } }).fit(event({ b: 1, a: 1.5 })), { outcome: 'fits' })
  }
  t.same(names(tables), ['a'])
})

t.test(
  'a table that was dropped after its last event is made again, once what was known of it is out of date',
  async (t) => {
    const clock = { now: 0 }
    const tables = new FakeTables(clock)
    const one = changer(tables, { clock, cacheMs: 1 })
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
  const upserts = changer(tables, { policy: { duplicates: 'upsert' } })
  await upserts.fit(event({ n: 1 }))
  t.same(tables.state!.primaryKey, ['event_id'])
  await upserts.fit(event({ n: 2 }))
  t.same(tables.asked, ['read', 'create'], 'and is left alone from then on')
})

t.test('a table that was there before gets its primary key by the next event', async (t) => {
  const tables = new FakeTables()
  await changer(tables).fit(event({ n: 1 }))
  t.same(tables.state!.primaryKey, [])
  await changer(tables, { policy: { duplicates: 'upsert' } }).fit(event({ n: 1 }))
  t.same(tables.state!.primaryKey, ['event_id'])
})

t.test('every state of a table is told, for the view beside it; not where rows are upserts', async (t) => {
  for (const [duplicates, told] of [
    ['view', ['1', '2']],
    ['upsert', []],
  ] as const) {
    const seen: string[] = []
    const one = changer(new FakeTables(), {
      policy: { duplicates },
      seen: (_table, { etag }) => seen.push(etag),
    })
    await one.fit(event({ n: 1 }))
    await one.fit(event({ m: 1 }))
    t.same(seen, told, duplicates)
  }
})
