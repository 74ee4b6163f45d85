import t from 'tap'
import { openClient } from '../../open-bigquery.ts'

t.test('a query is as large as BigQuery takes it', { timeout: 480_000 }, async (t) => {
  // its limit on requests is not what this is about
  let time = Date.now()
  const { bigquery, dataset } = await openClient(t, { now: () => (time += 100), client: { maxRetries: 0 } })
  await dataset.createTable('t', { schema: 'id:STRING' })
  const ask = async (query: string, params: object = {}) =>
    (await bigquery.query({ query, params }))[0] as object[]

  await t.test('1,000 tables and views, each counted once, with those that a view names', async (t) => {
    const views = Array.from({ length: 999 }, (_, n) => `v${n}`)
    const made = views.map((view) => `CREATE VIEW d.${view} AS SELECT * FROM p.d.t;`)
    await bigquery.query({ query: made.join('\n') })
    const all = views.map((view) => `SELECT id FROM d.${view}`)
    t.same(await ask([...all, ...all].join(' UNION ALL ')), [])
    await bigquery.query({ query: 'CREATE VIEW d.one_more AS SELECT * FROM p.d.t' })
    await t.rejects(ask([...all, 'SELECT id FROM d.one_more'].join(' UNION ALL ')), {
      message: /Too many tables, views and user-defined functions for query: Max: 1000/,
    })
  })

  await t.test('1 MB of text, comments included', async (t) => {
    const filler = (bytes: number) => `SELECT 1 AS one --${'x'.repeat(bytes - 'SELECT 1 AS one --'.length)}`
    t.same(await ask(filler(1 << 20)), [{ one: 1 }])
    await t.rejects(ask(filler((1 << 20) + 1)), { code: 400, message: /The query is too large/ })
  })

  await t.test('10,000 parameters and 10 MB with them; an array is one', async (t) => {
    const array = Array.from({ length: 50_000 }, (_, n) => String(n))
    t.same(await ask('SELECT COUNT(*) AS n FROM UNNEST(@array) AS item', { array }), [{ n: 50_000 }])
    const many = Object.fromEntries(Array.from({ length: 10_001 }, (_, n) => [`p${n}`, n]))
    await t.rejects(ask('SELECT @p0', many), { code: 400, message: /Too many query parameters/ })
    const large = 'x'.repeat(10 << 20)
    await t.rejects(ask('SELECT LENGTH(@large)', { large }), { code: 400, message: /Request payload size/ })
  })
})
