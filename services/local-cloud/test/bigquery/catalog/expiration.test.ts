import t from 'tap'
import { startLocalCloud } from '../../../src/index.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

interface Answer {
  readonly expirationTime?: string
  readonly rows?: readonly { readonly f: readonly { readonly v: string }[] }[]
  readonly error?: { readonly message: string; readonly code: number }
}

async function open(t: { teardown: (done: () => Promise<void>) => void }) {
  let time = Date.parse('2026-03-05T12:00:00Z')
  const cloud = await startLocalCloud({ now: () => time })
  t.teardown(() => cloud.close())
  const base = `http://127.0.0.1:${cloud.bigqueryPort}/bigquery/v2/projects/p`
  const call = async (method: string, path: string, body?: object): Promise<Answer> => {
    const response = await fetch(`${base}${path}`, {
      method,
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return text === '' ? {} : (JSON.parse(text) as Answer)
  }
  const schema = { fields: [{ name: 'day', type: 'DATE' }] }
  const create = (tableId: string, more: object = {}) =>
    call('POST', '/datasets/d/tables', { tableReference: { tableId }, schema, ...more })
  const get = (tableId: string) => call('GET', `/datasets/d/tables/${tableId}`)
  const run = (query: string) => call('POST', '/queries', { query, useLegacySql: false })
  const days = async () =>
    (await run('SELECT CAST(day AS STRING) FROM d.parts ORDER BY day')).rows?.map(({ f }) => f[0]!.v)
  await call('POST', '/datasets', { datasetReference: { datasetId: 'd' } })
  return { call, create, get, run, days, pass: (ms: number) => (time += ms), now: () => time }
}

t.test('a table whose time is over is gone, and its name is free', async (t) => {
  const { call, create, get, run, pass, now } = await open(t)
  t.match(await create('short', { expirationTime: String(now() + HOUR) }), {
    expirationTime: String(now() + HOUR),
  })
  t.match(await create('past', { expirationTime: String(now() - 1) }), { error: { code: 400 } })
  await run('INSERT INTO d.short (day) VALUES ("2026-03-05")')
  pass(HOUR)
  t.match(await get('short'), { error: { code: 404 } })
  t.match(await run('SELECT * FROM d.short'), { error: { message: /Not found: Table/ } })
  t.notOk((await create('short')).error)
  t.notOk((await run('SELECT * FROM d.short')).rows?.length)
  t.match(await call('PATCH', '/datasets/d/tables/short', { expirationTime: String(now() + HOUR) }), {
    expirationTime: String(now() + HOUR),
  })
  t.notOk((await call('PATCH', '/datasets/d/tables/short', { expirationTime: null })).expirationTime)
  pass(2 * HOUR)
  t.notOk((await get('short')).error)
})

t.test('SQL says when a table goes', async (t) => {
  const { get, run, pass } = await open(t)
  await run(
    'CREATE TABLE d.a (n INT64) OPTIONS (expiration_timestamp = TIMESTAMP_ADD(TIMESTAMP "2026-03-05 12:00:00+00", INTERVAL 12 HOUR))',
  )
  t.match(await get('a'), { expirationTime: String(Date.parse('2026-03-06T00:00:00Z')) })
  await run('ALTER TABLE d.a SET OPTIONS (expiration_timestamp = NULL)')
  t.notOk((await get('a')).expirationTime)
  await run('ALTER TABLE d.a SET OPTIONS (expiration_timestamp = TIMESTAMP "2026-03-05 13:00:00+00")')
  pass(HOUR)
  t.match(await get('a'), { error: { code: 404 } })
})

t.test('a dataset says how long tables and partitions live that say nothing themselves', async (t) => {
  const { call, create, get, now } = await open(t)
  t.match(await call('PATCH', '/datasets/d', { defaultTableExpirationMs: '1000' }), { error: { code: 400 } })
  t.match(await call('PATCH', '/datasets/d', { defaultTableExpirationMs: String(HOUR) }), {
    defaultTableExpirationMs: String(HOUR),
  })
  t.match(await create('a'), { expirationTime: String(now() + HOUR) })
  await call('PATCH', '/datasets/d', { defaultPartitionExpirationMs: String(DAY) })
  const parts = await create('b', { timePartitioning: { type: 'DAY', field: 'day' } })
  t.match(parts, { timePartitioning: { expirationMs: String(DAY) } })
  t.notOk(parts.expirationTime)
  await call('PATCH', '/datasets/d', { defaultTableExpirationMs: null })
  await create('c')
  t.notOk((await get('c')).expirationTime)
})

t.test('rows of partitions whose time is over are gone', async (t) => {
  const { create, get, run, days, pass } = await open(t)
  await create('parts', { timePartitioning: { type: 'DAY', field: 'day', expirationMs: String(2 * DAY) } })
  await run('INSERT INTO d.parts (day) VALUES ("2026-03-03"), ("2026-03-04"), ("2026-03-05"), (NULL)')
  pass(60_000)
  t.same(await days(), [null, '2026-03-04', '2026-03-05'])
  pass(DAY)
  t.same(await days(), [null, '2026-03-05'])
  await run('ALTER TABLE d.parts SET OPTIONS (partition_expiration_days = NULL)')
  t.notOk(
    ((await get('parts')) as { timePartitioning?: { expirationMs?: string } }).timePartitioning?.expirationMs,
  )
  pass(10 * DAY)
  t.same(await days(), [null, '2026-03-05'])
})
