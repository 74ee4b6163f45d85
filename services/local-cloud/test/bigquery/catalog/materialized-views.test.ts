import { BigQuery, type Table } from '@google-cloud/bigquery'
import t, { type Test } from 'tap'
import { openClient } from '../../open-bigquery.ts'

async function open(t: Test) {
  const { bigquery, dataset } = await openClient(t)
  const run = async (query: string) => (await bigquery.query(query))[0] as Record<string, unknown>[]
  await run('CREATE TABLE d.t AS SELECT 1 AS id, 2 AS n')
  return { bigquery, dataset, run }
}

const metadataOf = async (table: Table) => (await table.getMetadata())[0] as Record<string, unknown>
const counts = (bigquery: BigQuery) =>
  bigquery
    .query('SELECT id, c FROM d.v ORDER BY id')
    .then(([rows]) => (rows as { id: number; c: number }[]).map(({ id, c }) => [id, c]))
const QUERY = 'SELECT id, COUNT(*) AS c FROM `p.d.t` GROUP BY id'

t.test('a materialized view gives what its tables hold now, and is shown as one', async (t) => {
  const { bigquery, dataset, run } = await open(t)
  await run(`CREATE MATERIALIZED VIEW d.v CLUSTER BY id
    OPTIONS (enable_refresh = TRUE, refresh_interval_minutes = 60, description = 'm', labels = [], tags = []) AS ${QUERY}`)
  await t.rejects(run("CREATE TABLE d.x (a INT64) OPTIONS (tags = [('k', 'v')])"), /the table option tags/)
  t.same(await counts(bigquery), [[1, 1]])
  await run('INSERT d.t VALUES (1, 3), (4, 5)')
  t.same(await counts(bigquery), [
    [1, 2],
    [4, 1],
  ])
  const { type, view, materializedView, description, clustering } = await metadataOf(dataset.table('v'))
  t.same([type, view, description, clustering], ['MATERIALIZED_VIEW', undefined, 'm', { fields: ['id'] }])
  t.match(materializedView, { query: QUERY, enableRefresh: true, refreshIntervalMs: '3600000' })
  t.same(await run('SELECT table_name, table_type FROM d.INFORMATION_SCHEMA.TABLES ORDER BY 1'), [
    { table_name: 't', table_type: 'BASE TABLE' },
    { table_name: 'v', table_type: 'MATERIALIZED VIEW' },
  ])
  t.same(await run('SELECT table_name FROM d.INFORMATION_SCHEMA.MATERIALIZED_VIEWS'), [{ table_name: 'v' }])
  t.same(await run('SELECT table_name FROM d.INFORMATION_SCHEMA.VIEWS'), [])
  for (const name of ['p.d.v', 'd.v']) await run(`CALL BQ.REFRESH_MATERIALIZED_VIEW('${name}')`)
  for (const name of ['p.d.t', 'd.none', '`'])
    await t.rejects(
      run(`CALL BQ.REFRESH_MATERIALIZED_VIEW('${name}')`),
      name === '`' ? /qualified with a dataset|Not found/ : /Not found: Materialized view/,
    )
  await t.rejects(run('INSERT d.v VALUES (1, 1)'), /p:d\.v is a MATERIALIZED_VIEW: its rows are not changed/)
  await t.rejects(run('DROP VIEW d.v'), /p?\.?d\.v is a MATERIALIZED VIEW/)
  await t.rejects(run('CREATE OR REPLACE VIEW d.v AS SELECT 1 AS a'), /is a MATERIALIZED VIEW/)
  await run('CREATE MATERIALIZED VIEW IF NOT EXISTS d.v AS SELECT 1 AS id, 1 AS c')
  await run('CREATE OR REPLACE MATERIALIZED VIEW d.v AS SELECT id, 7 AS c FROM d.t WHERE id = 4')
  t.same(await counts(bigquery), [[4, 7]])
  await run('DROP MATERIALIZED VIEW d.v')
  await run('DROP MATERIALIZED VIEW IF EXISTS d.v')
  t.equal((await dataset.table('v').exists())[0], false)
})

t.test('a materialized view is made by the API, and without a query it is refused', async (t) => {
  const { bigquery, dataset } = await open(t)
  const [table] = await dataset.createTable('v', { materializedView: { query: QUERY, enableRefresh: false } })
  t.match(await metadataOf(table), {
    type: 'MATERIALIZED_VIEW',
    materializedView: { query: QUERY, enableRefresh: false },
    schema: { fields: [{ name: 'id' }, { name: 'c' }] },
  })
  t.same(await counts(bigquery), [[1, 1]])
  await t.rejects(dataset.createTable('w', { materializedView: {} }), /materializedView\.query/)
  await t.rejects(
    dataset.createTable('w', { materializedView: { query: QUERY, maxStaleness: '1-0' } }),
    /materializedView\.maxStaleness/,
  )
})
