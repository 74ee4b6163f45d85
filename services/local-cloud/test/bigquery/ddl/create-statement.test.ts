import { BigQuery } from '@google-cloud/bigquery'
import t from 'tap'
import { startLocalCloud } from '../../../src/index.ts'

async function open(t: { teardown: (done: () => Promise<void>) => void }) {
  process.env['METADATA_SERVER_DETECTION'] = 'none'
  const cloud = await startLocalCloud()
  t.teardown(() => cloud.close())
  const apiEndpoint = `http://127.0.0.1:${cloud.bigqueryPort}`
  const bigquery = new BigQuery({ projectId: 'p', apiEndpoint, maxRetries: 0 })
  const [dataset] = await bigquery.createDataset('d')
  const run = (query: string) => bigquery.query({ query, useLegacySql: false })
  const metadataOf = async (table: string) =>
    ((await dataset.table(table).getMetadata()) as unknown as [Record<string, unknown>])[0]
  return { bigquery, dataset, run, metadataOf }
}

t.test('a table by CREATE TABLE is the one that tables.insert makes of the same', async (t) => {
  const { dataset, run, metadataOf } = await open(t)
  await run(`CREATE TABLE IF NOT EXISTS \`p.d.by_sql\` (
    id STRING NOT NULL OPTIONS(description="it's \\"the\\" key"),
    n INT64, ok BOOL, x FLOAT64, amount NUMERIC, at TIMESTAMP, day DATE, any_json JSON, tags ARRAY<STRING>,
    items ARRAY<STRUCT<\`sku\` STRING NOT NULL, price FLOAT64 OPTIONS(description='in dollars'), parts ARRAY<STRUCT<a INT64>>>>,
    PRIMARY KEY (id, day) NOT ENFORCED
  ) PARTITION BY day CLUSTER BY id, n OPTIONS(require_partition_filter=TRUE);`)
  const field = (name: string, type: string, others: object = {}) => ({
    name,
    type,
    mode: 'NULLABLE',
    ...others,
  })
  await dataset.createTable('by_api', {
    schema: {
      fields: [
        field('id', 'STRING', { mode: 'REQUIRED', description: `it's "the" key` }),
        field('n', 'INT64'),
        field('ok', 'BOOL'),
        field('x', 'FLOAT64'),
        field('amount', 'NUMERIC'),
        field('at', 'TIMESTAMP'),
        field('day', 'DATE'),
        field('any_json', 'JSON'),
        field('tags', 'STRING', { mode: 'REPEATED' }),
        field('items', 'RECORD', {
          mode: 'REPEATED',
          fields: [
            field('sku', 'STRING', { mode: 'REQUIRED' }),
            field('price', 'FLOAT64', { description: 'in dollars' }),
            field('parts', 'RECORD', { mode: 'REPEATED', fields: [field('a', 'INT64')] }),
          ],
        }),
      ],
    },
    timePartitioning: { type: 'DAY', field: 'day' },
    clustering: { fields: ['id', 'n'] },
    requirePartitionFilter: true,
    tableConstraints: { primaryKey: { columns: ['id', 'day'] } },
  })
  const own = ['etag', 'id', 'tableReference', 'creationTime', 'lastModifiedTime']
  const shown = async (table: string) =>
    Object.fromEntries(Object.entries(await metadataOf(table)).filter(([key]) => !own.includes(key)))
  t.same(await shown('by_sql'), await shown('by_api'))
  await run('ALTER TABLE d.by_sql ALTER COLUMN x SET DATA TYPE FLOAT64')
})

t.test('what is there already is refused, left alone or replaced, as the statement says', async (t) => {
  const { bigquery, run, metadataOf } = await open(t)
  await run('CREATE TABLE d.t (a INT64)')
  await t.rejects(run('CREATE TABLE d.t (b INT64)'), { code: 409, message: /Already Exists: Table p:d.t/ })
  const [job] = await bigquery.createQueryJob({ query: 'CREATE TABLE IF NOT EXISTS d.t (b INT64)' })
  t.match((await job.getMetadata())[0], {
    statistics: {
      query: {
        statementType: 'CREATE_TABLE',
        ddlOperationPerformed: 'SKIP',
        ddlTargetTable: { tableId: 't' },
      },
    },
  })
  await run('CREATE VIEW d.v AS SELECT a FROM d.t')
  await run("CREATE OR REPLACE VIEW d.v AS SELECT a, 'x;y' AS b FROM d.t;")
  t.match(await metadataOf('v'), {
    type: 'VIEW',
    view: { query: "SELECT a, 'x;y' AS b FROM d.t" },
    schema: { fields: [{ name: 'a' }, { name: 'b' }] },
  })
  await t.rejects(run('CREATE OR REPLACE VIEW d.t AS SELECT 1 AS a'), { message: /no view/ })
})

t.test('what is not supported of it is refused by name', async (t) => {
  const { run } = await open(t)
  const refused: [string, RegExp][] = [
    ['CREATE TABLE d.t COPY d.u CLUSTER BY a', /CREATE TABLE COPY … CLUSTER/],
    ['CREATE TEMP TABLE t AS SELECT 1 AS a', /CREATE TEMP/],
    ["CREATE TABLE d.t (a STRING COLLATE 'und:ci')", /COLLATE/],
    ['CREATE TABLE d.t (a INT64) PARTITION BY DATE(a)', /must be a top-level DATE/],
    ['CREATE TABLE d.t (a DATE) PARTITION BY a + 1', /PARTITION BY anything but a column/],
    ['CREATE TABLE d.t (a INT64) OPTIONS(kms_key_name="x")', /kms_key_name/],
    ['CREATE TABLE d.t (a INT64 OPTIONS(rounding_mode="x"))', /rounding_mode/],
    ['CREATE VIEW d.v (b) AS SELECT 1 AS a', /CREATE VIEW with columns/],
    ['CREATE TABLE d.t (a ARRAY<ARRAY<INT64>>)', /element type ARRAY/],
    ['CREATE TABLE nowhere.t (a INT64)', /Not found: Dataset p:nowhere/],
  ]
  for (const [sql, message] of refused) await t.rejects(run(sql), { message }, sql)
})
