import t from 'tap'
import { KeptFresh } from '../src/freshness.ts'
import { FakeTables } from './queue/fake-tables.ts'
import { event, queueOf } from './queue/queue-of.ts'

async function kept(cacheMs: number) {
  const clock = { now: 0 }
  const tables = new FakeTables(clock)
  await queueOf(tables, { clock }).fit(event({ a: 1 }))
  tables.asked.length = 0
  const seen: unknown[] = []
  const fresh = new KeptFresh<string>({
    tables,
    table: 'x',
    cacheMs: () => cacheMs,
    now: () => clock.now,
    seen: (state) => seen.push(state.etag),
  })
  return { fresh, tables, clock, seen }
}

t.test('a table is read once, and again when what is known of it is out of date or forgotten', async (t) => {
  const { fresh, tables, clock, seen } = await kept(1000)
  t.equal(fresh.state, undefined)
  t.match(await fresh.read(), { etag: '1' })
  await fresh.read()
  t.same(tables.asked, ['read'])
  clock.now = 1000
  t.equal(fresh.state, undefined)
  await fresh.read()
  fresh.forget()
  await fresh.read()
  t.same(tables.asked, ['read', 'read', 'read'])
  t.same(seen, ['1', '1', '1'])
})

t.test('a table that is not there is none', async (t) => {
  const { fresh, tables, seen } = await kept(1000)
  tables.state = undefined
  t.equal(await fresh.read(), undefined)
  t.same(seen, [])
})

t.test('what was told to fit is looked at once more, for the last who asked', async (t) => {
  const { fresh } = await kept(1)
  await fresh.read()
  const looked = new Promise((resolve) => {
    fresh.verifyLater('first', resolve)
    fresh.verifyLater('last', resolve)
  })
  // the timer of a look keeps no process alive
  const alive = setInterval(() => undefined, 1000)
  t.teardown(() => clearInterval(alive))
  t.equal(await looked, 'last')
})
