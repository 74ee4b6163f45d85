import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BigQuery, type Dataset } from '@google-cloud/bigquery'
import t from 'tap'
import { startLocalCloud } from '../../src/index.ts'

interface Open {
  readonly bigquery: BigQuery
  readonly dataset: Dataset
  readonly url: string
}

async function open(
  t: { teardown: (done: () => Promise<void>) => void },
  dataFolder?: string,
): Promise<Open> {
  process.env['METADATA_SERVER_DETECTION'] = 'none'
  const cloud = await startLocalCloud(dataFolder === undefined ? {} : { dataFolder })
  t.teardown(() => cloud.close())
  const url = `http://127.0.0.1:${cloud.bigqueryPort}`
  const bigquery = new BigQuery({ projectId: 'p', apiEndpoint: url, maxRetries: 0 })
  const dataset = bigquery.dataset('d')
  if (!(await dataset.exists())[0]) await dataset.create()
  return { bigquery, dataset, url }
}

const FIELDS = [
  { name: 'id', type: 'STRING', mode: 'REQUIRED' },
  { name: 'n', type: 'INTEGER' },
  { name: 'items', type: 'RECORD', mode: 'REPEATED', fields: [{ name: 'sku', type: 'STRING' }] },
  { name: 'day', type: 'DATE' },
]

t.test('a table is made, described and listed; making it twice is a conflict', async (t) => {
  const { dataset } = await open(t)
  const options = {
    schema: { fields: FIELDS },
    timePartitioning: { type: 'DAY', field: 'day' },
    clustering: { fields: ['id'] },
  }
  await dataset.createTable('t', options)
  const [metadata] = await dataset.table('t').getMetadata()
  t.match(metadata, {
    id: 'p:d.t',
    schema: { fields: FIELDS },
    timePartitioning: { field: 'day' },
    clustering: { fields: ['id'] },
  })
  t.equal((await dataset.getTables())[0].length, 1)
  await t.rejects(dataset.createTable('t', options), { code: 409, message: /Already Exists: Table p:d.t/ })
  await dataset.table('t').delete()
  await t.rejects(dataset.table('t').getMetadata(), { code: 404, message: /Not found: Table p:d.t/ })
})

t.test('a schema that BigQuery refuses is refused', async (t) => {
  const { dataset } = await open(t)
  const cases: [object, RegExp][] = [
    [
      { schema: { fields: [{ name: '_PARTITIONTIME', type: 'STRING' }] } },
      /Invalid field name "_PARTITIONTIME"/,
    ],
    [
      {
        schema: {
          fields: [
            { name: 'a', type: 'STRING' },
            { name: 'A', type: 'STRING' },
          ],
        },
      },
      /Field A already exists/,
    ],
    [{ schema: { fields: [{ name: 'a', type: 'RECORD' }] } }, /no schema/],
    [{ schema: { fields: FIELDS }, timePartitioning: { type: 'DAY', field: 'id' } }, /partitioning, id/],
    [{ schema: { fields: FIELDS }, clustering: { fields: ['items'] } }, /clustering, items/],
    [{ schema: { fields: [{ name: 'a', type: 'INTERVAL' }] } }, /column type INTERVAL/],
    [{ view: { query: 'SELECT 1' } }, /legacy SQL/],
    [{ encryptionConfiguration: { kmsKeyName: 'k' } }, /table\.encryptionConfiguration/],
  ]
  for (const [options, message] of cases)
    await t.rejects(dataset.createTable('t', options), { message }, String(message))
})

t.test('a patch under an old etag is refused, and of many at once one passes', async (t) => {
  const { dataset } = await open(t)
  await dataset.createTable('t', { schema: { fields: FIELDS } })
  const table = dataset.table('t')
  const [{ etag }] = (await table.getMetadata()) as unknown as [{ etag: string }]
  const patch = (name: string) =>
    table.setMetadata({ etag, schema: { fields: [...FIELDS, { name, type: 'STRING' }] } })
  const results = await Promise.allSettled(['a', 'b', 'c', 'e'].map(patch))
  t.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
  for (const result of results)
    if (result.status === 'rejected')
      t.match(result.reason, { code: 412, message: /Precondition check failed/ })
})

t.test('schema changes keep to Google’s rules', async (t) => {
  const { dataset } = await open(t)
  await dataset.createTable('t', {
    schema: { fields: FIELDS },
    timePartitioning: { type: 'DAY', field: 'day' },
  })
  const table = dataset.table('t')
  await table.insert([{ id: '1', n: 1, items: [{ sku: 'a' }], day: '2026-01-01' }])
  const [id, n, items, day] = FIELDS as [
    (typeof FIELDS)[0],
    (typeof FIELDS)[0],
    (typeof FIELDS)[0],
    (typeof FIELDS)[0],
  ]
  const patch = (...fields: object[]) => table.setMetadata({ schema: { fields } })
  const start = 'Provided Schema does not match Table p:d.t. '
  const refused: [object[], string][] = [
    [[id, n, items], `${start}Field day is missing in new schema`],
    [[id, { ...n, type: 'FLOAT' }, items, day], `${start}Field n has changed type from INTEGER to FLOAT`],
    [
      [id, { ...n, mode: 'REQUIRED' }, items, day],
      `${start}Field n has changed mode from NULLABLE to REQUIRED`,
    ],
    [
      [id, { ...n, mode: 'REPEATED' }, items, day],
      `${start}Field n has changed mode from NULLABLE to REPEATED`,
    ],
    [
      [id, n, items, day, { name: 'x', type: 'STRING', mode: 'REQUIRED' }],
      `${start}Cannot add required fields to an existing schema. (field: x)`,
    ],
  ]
  for (const [fields, message] of refused) await t.rejects(patch(...fields), { code: 400, message }, message)

  const grown = { ...items, fields: [...items.fields!, { name: 'price', type: 'FLOAT' }] }
  await patch({ ...id, mode: 'NULLABLE' }, { name: 'new', type: 'TIMESTAMP' }, n, grown, day)
  const [metadata] = (await table.getMetadata()) as unknown as [{ schema: { fields: { name: string }[] } }]
  t.same(
    metadata.schema.fields.map(({ name }) => name),
    ['id', 'n', 'items', 'day', 'new'],
    'new columns are last, wherever they were sent',
  )
  await table.insert([{ n: 2, items: [{ sku: 'b', price: 1.5 }] }])
  const [rows] = await dataset.query('SELECT id, items, `new` FROM d.t ORDER BY n')
  t.match(rows, [
    { id: '1', items: [{ sku: 'a', price: null }], new: null },
    { id: null, items: [{ sku: 'b', price: 1.5 }] },
  ])
})

t.test(
  'five metadata updates in ten seconds are the limit of a table, fifty of a partitioned one',
  async (t) => {
    const { dataset } = await open(t)
    await dataset.createTable('t', { schema: { fields: FIELDS } })
    for (let i = 0; i < 4; i++) await dataset.table('t').setMetadata({ description: String(i) })
    await t.rejects(dataset.table('t').setMetadata({ description: 'x' }), {
      code: 403,
      errors: [{ reason: 'rateLimitExceeded' }],
    })
  },
)

t.test('DDL widens a type, where BigQuery does', async (t) => {
  const { bigquery, dataset } = await open(t)
  const inner = [
    { name: 'a', type: 'INTEGER' },
    { name: 'b', type: 'STRING' },
  ]
  const fields = [
    { name: 'n', type: 'INTEGER' },
    { name: 'r', type: 'RECORD', fields: inner },
    { name: 'l', type: 'RECORD', mode: 'REPEATED', fields: inner },
    { name: 'day', type: 'DATE' },
  ]
  await dataset.createTable('t', { schema: { fields }, timePartitioning: { type: 'DAY', field: 'day' } })
  await dataset.table('t').insert([{ n: 5, r: { a: 1, b: 'x' } }])
  const alter = (actions: string) =>
    bigquery.query({ query: `ALTER TABLE \`p.d.t\` ${actions}`, useLegacySql: false })
  await alter(
    'ALTER COLUMN n SET DATA TYPE NUMERIC, ALTER COLUMN r SET DATA TYPE STRUCT<`a` FLOAT64, `b` STRING>',
  )
  const [metadata] = (await dataset.table('t').getMetadata()) as unknown as [{ schema: { fields: object[] } }]
  t.match(metadata.schema.fields, [{ type: 'NUMERIC' }, { fields: [{ type: 'FLOAT' }, { type: 'STRING' }] }])
  await dataset.table('t').insert([{ n: '1.5', r: { a: 0.1 } }])
  t.match((await dataset.query('SELECT CAST(n AS STRING) AS n, r.a FROM d.t ORDER BY n'))[0], [
    { n: /^1\.5/, a: 0.1 },
    { n: /^5/, a: 1 },
  ])
  const refused: [string, RegExp][] = [
    ['ALTER COLUMN n SET DATA TYPE INT64', /n cannot change from NUMERIC to INTEGER/],
    ['ALTER COLUMN r SET DATA TYPE STRUCT<a FLOAT64>', /must keep the fields/],
    ['ALTER COLUMN l SET DATA TYPE ARRAY<STRUCT<a FLOAT64, b STRING>>', /ARRAY, inside of which/],
    ['ALTER COLUMN nope SET DATA TYPE FLOAT64', /Column not found: nope/],
    ['SET DEFAULT COLLATE "und:ci"', /SET DEFAULT COLLATE/],
  ]
  for (const [actions, message] of refused) await t.rejects(alter(actions), { message }, actions)
})

t.test('a table can require a filter on its partition', async (t) => {
  const { dataset } = await open(t)
  const timePartitioning = { type: 'DAY', field: 'day' }
  await dataset.createTable('t', {
    schema: { fields: FIELDS },
    timePartitioning,
    requirePartitionFilter: true,
  })
  await t.rejects(dataset.query('SELECT * FROM d.t'), { message: /without a filter over column\(s\) 'day'/ })
  t.same((await dataset.query("SELECT * FROM d.t WHERE day > '2026-01-01'"))[0], [])
})

t.test('insertAll tells the errors of each row', async (t) => {
  const { dataset } = await open(t)
  await dataset.createTable('t', { schema: { fields: FIELDS } })
  const table = dataset.table('t')
  const rows = [
    { json: { id: '1' } },
    { json: { id: '2', nope: 1 } },
    { json: { id: '3', n: 'many' } },
    { json: { n: 1 } },
  ]
  const errors = await table
    .insert(rows, { raw: true, partialRetries: 0 })
    .catch((error: { errors: object[] }) => error.errors)
  t.match(errors, [
    { errors: [{ reason: 'invalid', message: 'no such field: nope.' }] },
    { errors: [{ message: 'Cannot convert value to integer (bad value): many' }] },
    { errors: [{ message: 'Missing required field: id.' }] },
    { errors: [{ reason: 'stopped' }] },
  ])
  t.same((await dataset.query('SELECT COUNT(*) AS n FROM d.t'))[0], [{ n: 0 }], 'none was inserted')
  await table.insert(rows, { raw: true, partialRetries: 0, skipInvalidRows: true }).catch(() => {})
  const again = [{ json: { id: 'same' }, insertId: 'x' }]
  await table.insert(again, { raw: true })
  await table.insert(again, { raw: true })
  const [ids] = await dataset.query('SELECT id FROM d.t ORDER BY id')
  t.same(ids, [{ id: '1' }, { id: 'same' }], 'an insertId is taken once')
})

t.test('tables outlive a restart', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'local-cloud-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  let etag = ''
  await t.test('before', async (t) => {
    const { dataset } = await open(t, folder)
    await dataset.createTable('t', { schema: { fields: FIELDS } })
    await dataset.table('t').insert([{ id: 'kept', items: [{ sku: 'x' }] }])
    const [metadata] = (await dataset.table('t').getMetadata()) as unknown as [{ etag: string }]
    etag = metadata.etag
  })
  await t.test('after', async (t) => {
    const { dataset } = await open(t, folder)
    t.match((await dataset.table('t').getMetadata())[0], { etag })
    t.match((await dataset.query('SELECT * FROM d.t'))[0], [{ id: 'kept', items: [{ sku: 'x' }] }])
  })
})

t.test('pages of results', async (t) => {
  const { bigquery, dataset } = await open(t)
  const [job] = await bigquery.createQueryJob('SELECT n FROM UNNEST(GENERATE_ARRAY(1, 10)) AS n ORDER BY n')
  const [first, next] = await job.getQueryResults({ maxResults: 4, autoPaginate: false })
  t.same(
    first,
    [1, 2, 3, 4].map((n) => ({ n })),
  )
  const [second] = await job.getQueryResults({ ...next, autoPaginate: false })
  t.same(
    second,
    [5, 6, 7, 8].map((n) => ({ n })),
  )
  await dataset.createTable('t', { schema: { fields: FIELDS } })
  await dataset.table('t').insert(Array.from({ length: 5 }, (_, index) => ({ id: String(index) })))
  t.equal((await dataset.table('t').getRows({ maxResults: 3, autoPaginate: false }))[0].length, 3)
})

t.test('methods that are not there are refused by name', async (t) => {
  const { url } = await open(t)
  const response = await fetch(`${url}/bigquery/v2/projects/p/datasets/d/tables/t/rowAccessPolicies`, {
    method: 'POST',
  })
  t.equal(response.status, 501)
  t.match(await response.json(), {
    error: { message: /POST \/bigquery\/v2\/projects\/p\/datasets\/d\/tables\/t\/rowAccessPolicies/ },
  })
})
