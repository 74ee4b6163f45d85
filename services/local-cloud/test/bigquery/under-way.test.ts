import t from 'tap'
import { Store } from '../../src/bigquery/store/store.ts'
import { UnderWay } from '../../src/bigquery/under-way.ts'

t.test('closing waits for what is under way, and for what that begins; then nothing begins', async (t) => {
  const underWay = new UnderWay()
  const first = Promise.withResolvers<void>()
  const said: string[] = []
  const working = underWay.run(async () => {
    await first.promise
    said.push(await underWay.run(async () => 'inner'))
  })
  const closed = underWay.close().then(() => said.push('closed'))
  await new Promise(setImmediate)
  first.resolve()
  await Promise.all([working, closed])
  t.same(said, ['inner', 'closed'])
  await t.rejects(
    underWay.run(async () => 'late'),
    { message: 'local-cloud is closing.' },
  )
  await underWay.close()
})

/** More than Node has threads for statements: some of them wait while the store closes. */
const MANY = Array.from({ length: 12 }, (_, n) => n)

t.test('a store that closes lets queries end that run or wait for a thread', async (t) => {
  const store = await Store.open(':memory:')
  const asked = MANY.map(() => store.query('SELECT sum(i) FROM range(300000) AS r(i)'))
  await store.close()
  for (const reader of await Promise.all(asked)) t.equal(String(reader.getRows()[0]?.[0]), '44999850000')
  await t.rejects(store.query('SELECT 1'), { message: 'local-cloud is closing.' })
})

t.test('a store that closes lets large results be kept, and pages of them be read', async (t) => {
  const store = await Store.open(':memory:')
  const sql = 'SELECT i FROM range(30000) AS r(i)'
  const kept = await store.result(sql)
  const pages = MANY.map((n) => kept.page(n * 1000, 2))
  const results = MANY.map(() => store.result(sql))
  await store.close()
  t.same(
    (await Promise.all(pages)).map(([row]) => Number(row?.[0])),
    MANY.map((n) => n * 1000),
  )
  for (const { count } of await Promise.all(results)) t.equal(count, 30_000)
  await t.rejects(kept.page(0, 1), { message: 'local-cloud is closing.' })
})

t.test('a result that is dropped, the last one, lets pages of it end', async (t) => {
  const store = await Store.open(':memory:')
  t.teardown(() => store.close())
  const kept = await store.result('SELECT i FROM range(30000) AS r(i)')
  const pages = Promise.allSettled(MANY.map((n) => kept.page(n * 1000, 2)))
  await kept.drop()
  for (const page of await pages)
    if (page.status === 'rejected') t.match(page.reason, /does not exist/)
    else t.equal(page.value.length, 2)
})

t.test(
  'a query that is ended in the middle of its rows keeps neither a transaction nor the process',
  async (t) => {
    const store = await Store.open(':memory:')
    await store.write(async (connection) => {
      await connection.run('CREATE TABLE t AS SELECT i FROM range(60000) AS r(i)')
    })
    const { signal } = new AbortController()
    let asked = 0
    // asked for once before the query begins, and then behind each chunk of rows
    signal.throwIfAborted = () => {
      if (++asked > 1) throw new Error('ended')
    }
    const rows = store.result('SELECT * FROM t', [], signal)
    await t.rejects(rows, { message: 'ended' })
    await store.write(async (connection) => {
      await connection.run('DELETE FROM t WHERE i < 10000')
    })
    await store.close()
  },
)
