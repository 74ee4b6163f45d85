import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BigQuery } from '@google-cloud/bigquery'
import t from 'tap'
import { startLocalCloud } from '../../../src/index.ts'
import { openClient } from '../../open-bigquery.ts'

/** By Google's client, over tables that outlive the process. */
async function openFolder(dataFolder: string) {
  process.env['METADATA_SERVER_DETECTION'] = 'none'
  const cloud = await startLocalCloud({ dataFolder })
  const bigquery = new BigQuery({ projectId: 'p', apiEndpoint: `http://127.0.0.1:${cloud.bigqueryPort}` })
  return { cloud, bigquery, rows: asking(bigquery) }
}

const asking =
  (bigquery: BigQuery) =>
  async (query: string): Promise<Record<string, unknown>[]> =>
    (await bigquery.query(query))[0] as Record<string, unknown>[]

async function open(t: Parameters<typeof openClient>[0]) {
  const { bigquery, dataset } = await openClient(t)
  return { bigquery, dataset, rows: asking(bigquery) }
}

const INT64 = { typeKind: 'INT64' }

t.test(
  'a function is made by SQL or by the API, called by queries, listed, changed and dropped',
  async (t) => {
    const { dataset, rows } = await open(t)
    await rows(
      "CREATE FUNCTION d.twice(x INT64) RETURNS FLOAT64 AS (x * 2) OPTIONS (description = 'two times')",
    )
    await rows(
      'CREATE FUNCTION `p.d.sum_of`(arr ARRAY<STRUCT<name STRING, val INT64>>) AS ((SELECT SUM(IF(elem.name = "foo", elem.val, NULL)) FROM UNNEST(arr) AS elem))',
    )
    await dataset.createRoutine('thrice', {
      arguments: [{ name: 'x', dataType: INT64 }],
      definitionBody: 'x * 3',
      routineType: 'SCALAR_FUNCTION',
      returnType: INT64,
    } as object)
    t.same(
      await rows(
        'SELECT n, d.twice(n) AS two, p.d.thrice(n + 1) AS three FROM UNNEST([1, 2]) AS n ORDER BY n',
      ),
      [
        { n: 1, two: 2, three: 6 },
        { n: 2, two: 4, three: 9 },
      ],
    )
    t.same(await rows("SELECT d.sum_of([STRUCT('foo' AS name, 1 AS val), ('bar', 2), ('foo', 4)]) AS n"), [
      { n: 5 },
    ])
    // what a query calls so is not what the body of a function calls so
    await rows('CREATE OR REPLACE FUNCTION d.nested(n INT64) AS (d.twice(n) + d.thrice(n))')
    t.same(await rows('SELECT d.nested(x) AS y FROM (SELECT 10 AS n, 1 AS x)'), [{ y: 5 }])
    const [list] = await dataset.getRoutines()
    t.same(
      list.map(({ id }) => id!).toSorted((a, b) => a.localeCompare(b)),
      ['nested', 'sum_of', 'thrice', 'twice'],
    )
    t.match((await dataset.routine('twice').getMetadata())[0], {
      routineReference: { projectId: 'p', datasetId: 'd', routineId: 'twice' },
      description: 'two times',
      definitionBody: 'x * 2',
      returnType: { typeKind: 'FLOAT64' },
    })
    await dataset.routine('thrice').setMetadata({ description: 'three times' })
    t.match((await dataset.routine('thrice').getMetadata())[0], {
      description: 'three times',
      definitionBody: 'x * 3',
    })
    await rows('DROP FUNCTION d.twice')
    await rows('DROP FUNCTION IF EXISTS d.twice')
    await t.rejects(rows('DROP FUNCTION d.twice'), { code: 404 })
    await t.rejects(rows('SELECT d.twice(1)'), /Function not found: D.TWICE/)
    await t.rejects(dataset.delete(), /still in use/)
    await dataset.delete({ force: true })
  },
)

t.test('a function that cannot be is refused when it is made', async (t) => {
  const { rows } = await open(t)
  for (const [sql, message] of [
    ['CREATE FUNCTION d.f(x INT64) AS (y + 1)', /Unrecognized name: y/],
    ["CREATE FUNCTION d.f(x INT64) RETURNS INT64 AS ('a')", /returns STRING, and not INT64/],
    ['CREATE FUNCTION d.f(x INT64) AS (d.f(x))', /Function not found: D.F/],
    ['CREATE FUNCTION d.f(x ANY TYPE) RETURNS INT64 AS (y)', /Unrecognized name: y/],
    [
      "CREATE FUNCTION d.f(x INT64) RETURNS INT64 LANGUAGE js AS 'return x'",
      /functions in another language than SQL/,
    ],
    ['CREATE FUNCTION nowhere.f(x INT64) AS (x)', /Dataset p:nowhere/],
  ] as const)
    await t.rejects(rows(sql), message)
  await rows('CREATE FUNCTION d.any(x ANY TYPE) AS (IFNULL(x, x))')
  t.same(await rows("SELECT d.any('a') AS a, d.any(1) AS b"), [{ a: 'a', b: 1 }])
  await t.rejects(rows('SELECT SAFE.d.any(1)'), /SAFE. is not supported/)
  await rows('CREATE FUNCTION d.f(x INT64) AS (x)')
  await t.rejects(rows('CREATE FUNCTION d.f(x INT64) AS (x)'), /Already Exists: Routine p:d.f/)
  await rows('CREATE FUNCTION IF NOT EXISTS d.f(x INT64) AS (x + 1)')
  await t.rejects(rows("SELECT d.f('a')"), /No matching signature for function D.F/)
  await rows('CREATE OR REPLACE FUNCTION d.g(x INT64) AS (d.f(x))')
  await rows('CREATE OR REPLACE FUNCTION d.f(x INT64) AS (d.g(x))')
  await t.rejects(rows('SELECT d.f(1)'), /calls itself/)
  await rows('CREATE FUNCTION d.two(x FLOAT64) AS (x + x)')
  await t.rejects(rows('SELECT d.two(RAND())'), /another each time/)
})

t.test('functions outlive the process', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'routines-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const first = await openFolder(folder)
  await first.bigquery.createDataset('d')
  await first.rows('CREATE FUNCTION d.f(x INT64) AS (x + 1)')
  await first.cloud.close()
  const second = await openFolder(folder)
  t.same(await second.rows('SELECT d.f(1) AS n'), [{ n: 2 }])
  await second.cloud.close()
})

t.test('there are no models, and it is said so', async (t) => {
  const { dataset, rows } = await open(t)
  t.same((await dataset.getModels())[0], [])
  t.same(await dataset.model('m').exists(), [false])
  await t.rejects(dataset.model('m').delete(), /Not found: Model p:d.m/)
  await t.rejects(
    rows("CREATE MODEL d.m OPTIONS (model_type = 'linear_reg') AS (SELECT 1 AS label)"),
    /CREATE MODEL/,
  )
})
