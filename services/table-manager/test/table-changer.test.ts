import { setImmediate as turn } from 'node:timers/promises'
import { destination, type Destination } from '@tablestream/contract'
import type { Column, JsonObject } from '@tablestream/table-schema'
import t from 'tap'
import type { ChangeOutcome, Tables, TableState } from '../src/bigquery-tables.ts'
import { TableChanger } from '../src/table-changer.ts'
import { fieldsOfColumns } from '../src/table-fields.ts'

/** One table with etags, as BigQuery keeps it; records what was asked of it. */
class FakeTables implements Tables {
  readonly asked: string[] = []
  state: TableState | undefined
  failures: Error[] = []
  #etag = 0

  async read(): Promise<TableState | undefined> {
    this.#ask('read')
    await turn()
    return this.state
  }

  async create(_destination: Destination, columns: readonly Column[]): Promise<ChangeOutcome> {
    this.#ask('create')
    await turn()
    return this.state ? { outcome: 'lost' } : { outcome: 'done', state: this.#keep(columns) }
  }

  async alter(_table: string, state: TableState, columns: readonly Column[]): Promise<ChangeOutcome> {
    this.#ask('alter')
    await turn()
    return this.state?.etag === state.etag
      ? { outcome: 'done', state: this.#keep(columns) }
      : { outcome: 'lost' }
  }

  async check(): Promise<void> {}

  #ask(what: string): void {
    this.asked.push(what)
    const failure = this.failures.shift()
    if (failure) throw failure
  }

  #keep(columns: readonly Column[]): TableState {
    this.state = { columns, fields: fieldsOfColumns(columns), etag: String(++this.#etag) }
    return this.state
  }
}

const event = (fields: object): JsonObject => ({ event_type: 'x', ...fields })
const names = (tables: FakeTables): string[] => tables.state!.columns.slice(5).map(({ name }) => name)

function changer(tables: Tables, cacheMs = 60_000, now = () => 0) {
  return new TableChanger(destination('x'), { tables, cacheMs, now })
}

t.test('it creates the table, adds what is new, and asks nothing for what fits', async (t) => {
  const tables = new FakeTables()
  const one = changer(tables)
  t.match(await one.fit(event({ a: 1 })), { outcome: 'created' })
  t.match(await one.fit(event({ a: 2 })), { outcome: 'fits' })
  t.match(await one.fit(event({ b: 'x' })), { outcome: 'altered', added: ['b'] })
  t.same(tables.asked, ['read', 'create', 'alter'])
  t.same(names(tables), ['a', 'b'])
})

t.test('a table is read again when what is known of it is too old', async (t) => {
  const tables = new FakeTables()
  let now = 0
  const one = changer(tables, 1000, () => now)
  await one.fit(event({ a: 1 }))
  tables.state = undefined
  now = 1001
  t.match(await one.fit(event({ a: 1 })), { outcome: 'created' }, 'it was dropped, and is made again')
})

t.test('events that come during a change go into the next one together', async (t) => {
  const tables = new FakeTables()
  const one = changer(tables)
  await Promise.all(Array.from({ length: 100 }, (_, index) => one.fit(event({ [`f${index}`]: index }))))
  t.equal(names(tables).length, 100)
  t.same(tables.asked, ['read', 'create', 'alter'])
})

t.test('eight instances at once end with the union of their columns', async (t) => {
  const tables = new FakeTables()
  const all = Array.from({ length: 8 }, () => changer(tables))
  await Promise.all(
    all.flatMap((one, index) => [one.fit(event({ [`a${index}`]: 1 })), one.fit(event({ [`b${index}`]: 1 }))]),
  )
  t.equal(new Set(names(tables)).size, 16)
  t.equal(names(tables).length, 16)
})

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
