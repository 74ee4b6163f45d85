import t from 'tap'
import type { BigQuery, Query } from '@google-cloud/bigquery'
import { openClient } from '../../open-bigquery.ts'

interface Metadata {
  readonly configuration: { readonly labels?: object; readonly query: { readonly query: string } }
  readonly jobReference: { readonly jobId: string }
  readonly statistics: { readonly sessionInfo?: { readonly sessionId: string } }
}

async function run(bigquery: BigQuery, query: string, rest: Query = {}) {
  const [job] = await bigquery.createQueryJob({ query, ...rest })
  const [found] = await job.getQueryResults()
  const metadata = (await job.getMetadata())[0] as Metadata
  const own = metadata.configuration.labels ?? {}
  const [children] = await bigquery.getJobs({ parentJobId: job.id! })
  const labels = []
  for (const child of children.toReversed()) {
    const { configuration } = (await child.getMetadata())[0] as Metadata
    labels.push([configuration.query.query, configuration.labels ?? {}])
  }
  const rows = found.map((row) => Object.values(row as object))
  return { rows, own, labels, id: job.id!, children, sessionId: metadata.statistics.sessionInfo?.sessionId }
}

const inSession = (sessionId: string | undefined) => ({
  connectionProperties: [{ key: 'session_id', value: sessionId! }],
})

t.test('@@query_label labels the statements that follow it in a script', async (t) => {
  const { bigquery } = await openClient(t)
  const { labels, own } = await run(
    bigquery,
    `SELECT 1; SET @@query_label = "a:1,b:2"; SELECT @@query_label; SET @@query_label = NULL; SELECT 3`,
    { labels: { of: 'job' } },
  )
  t.same(labels, [
    ['SELECT 1', {}],
    ['SELECT @@query_label', { a: '1', b: '2' }],
    ['SELECT 3', {}],
  ])
  t.same(own, { of: 'job' }, 'the script itself came before')
  t.same((await run(bigquery, 'SELECT @@query_label')).rows, [[null]], 'it ends with its script')
  await t.rejects(run(bigquery, `SET @@query_label = 'A:1'`), /Invalid value for @@query_label: "A:1"/)
  await t.rejects(run(bigquery, 'SET @@query_label = 5'), /INT64/)
})

t.test('@@query_label labels the later queries of a session, beside their own labels', async (t) => {
  const { bigquery } = await openClient(t)
  const first = await run(bigquery, 'SET @@query_label = "a:1,b:2";SELECT 1;', { createSession: true })
  t.same(first.rows, [[1]])
  const session = inSession(first.sessionId)
  const later = await run(bigquery, 'SELECT @@query_label, @@session_id', { ...session, labels: { b: 'x' } })
  t.same(later.rows, [['a:1,b:2', first.sessionId]])
  t.same(later.own, { a: '1', b: 'x' })
  const [seen] = await bigquery.query(
    `SELECT job_id FROM \`region-us\`.INFORMATION_SCHEMA.JOBS WHERE ('a', '1') IN (SELECT (key, value) FROM UNNEST(labels))`,
  )
  const ids = (seen as { job_id: string }[]).map(({ job_id }) => job_id)
  t.ok(ids.includes(later.id))
  t.notOk(ids.includes(first.id))
  t.same((await run(bigquery, 'SELECT 1')).own, {}, 'queries outside have none')
})

t.test('@@dataset_id and @@dataset_project_id are where names are looked for', async (t) => {
  const { bigquery } = await openClient(t)
  await bigquery.query('CREATE TABLE d.t AS SELECT 1 AS a')
  await bigquery.createDataset('e')
  await bigquery.query('CREATE TABLE e.t AS SELECT 2 AS a')
  const read = async (query: string, rest?: Query) => (await run(bigquery, query, rest)).rows
  t.same(await read(`SET @@dataset_id = 'd'; SELECT a FROM t`), [[1]])
  t.same(await read(`SET @@dataset_id = 'd'; SET @@dataset_id = 'e'; SELECT a, @@dataset_id FROM t`), [
    [2, 'e'],
  ])
  t.same(await read(`DECLARE x INT64; SET @@dataset_id = 'e'; SET x = (SELECT a FROM t); SELECT x`), [[2]])
  t.same(await read(`SET @@dataset_id = 'e'; CREATE TABLE made AS SELECT 3 AS a; SELECT a FROM e.made`), [
    [3],
  ])
  t.same(await read(`SET (@@dataset_project_id, @@dataset_id) = ('p', 'e'); SELECT a FROM t`), [[2]])
  await t.rejects(
    read(`SET @@dataset_id = 'd'; SET @@dataset_id = NULL; SELECT a FROM t`),
    /must be qualified/,
  )
  await t.rejects(read(`SET @@dataset_project_id = 'q'; SELECT a FROM d.t`), /Not found: .*q/)
  t.same(await read('SELECT @@dataset_id, @@dataset_project_id, @@project_id'), [[null, null, 'p']])
  const defaultDataset = { datasetId: 'd' }
  t.same(await read('SELECT @@dataset_id', { defaultDataset }), [['d']])
  const { sessionId } = await run(bigquery, `SET @@dataset_id = 'e'`, { createSession: true })
  const session = inSession(sessionId)
  t.same(await read('SELECT a FROM t', session), [[2]])
  t.same(await read('SELECT a FROM t', { ...session, defaultDataset }), [[1]])
})

t.test('jobs and scripts know themselves', async (t) => {
  const { bigquery } = await openClient(t)
  const alone = await run(
    bigquery,
    'SELECT @@current_job_id, @@last_job_id, @@script.job_id, @@script.num_child_jobs, @@row_count, @@time_zone, @@script.creation_time',
  )
  t.same(alone.rows, [[alone.id, null, null, null, null, 'UTC', null]])
  const script = await run(
    bigquery,
    `CREATE TEMP TABLE a AS SELECT 1 AS x;
     SELECT @@script.job_id, @@script.num_child_jobs, @@last_job_id, @@current_job_id, @@script.bytes_processed,
       @@script.bytes_billed, @@script.creation_time <= CURRENT_TIMESTAMP()`,
  )
  const [created, selected] = script.children.toReversed().map(({ id }) => id)
  t.same(script.rows, [[script.id, 1, created, selected, 0, 0, true]])
  t.same((await run(bigquery, `DECLARE p STRING DEFAULT @@project_id; SELECT p`)).rows, [['p']])
})

t.test('what cannot be set is refused, and never a syntax error', async (t) => {
  const { bigquery } = await openClient(t)
  t.same((await run(bigquery, `SET @@time_zone = 'UTC'; SELECT @@TIME_ZONE`)).rows, [['UTC']])
  for (const [query, why] of [
    [`SET @@time_zone = 'Europe/Paris'`, /another @@time_zone than UTC/],
    [`SET @@project_id = 'q'`, /@@project_id is read-only/],
    [`SET @@script.job_id = 'q'`, /@@script.job_id is read-only/],
    [`SET @@row_count = 1`, /@@row_count is read-only/],
    [`SET @@location = 'US'`, /does not support SET @@location/],
    ['CREATE VIEW d.v AS SELECT @@project_id AS p', /the system variable @@project_id/],
    [`SELECT 1; CREATE VIEW d.v AS SELECT @@project_id AS p`, /the system variable @@project_id/],
    [`SET @@nothing = 1`, /does not support SET @@nothing/],
  ] as const)
    await t.rejects(run(bigquery, query), why, query)
})
