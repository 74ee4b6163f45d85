import { BigQuery } from '@google-cloud/bigquery'
import { Storage } from '@google-cloud/storage'
import t, { type Test } from 'tap'
import { startLocalCloud } from '../../../src/index.ts'

async function open(t: Test) {
  const cloud = await startLocalCloud()
  t.teardown(() => cloud.close())
  Object.assign(process.env, cloud.environment)
  const bigquery = new BigQuery({ projectId: 'p', maxRetries: 0 })
  const [dataset] = await bigquery.createDataset('d')
  const [bucket] = await new Storage({ projectId: 'p' }).createBucket('files')
  const save = (name: string, text: string) => bucket.file(name).save(text, { resumable: false })
  const run = async (query: string) => {
    const [job] = await bigquery.createQueryJob({ query })
    await job.getQueryResults()
    const [{ statistics }] = (await job.getMetadata()) as unknown as [
      { statistics: { query: { statementType: string } } },
    ]
    return statistics.query.statementType
  }
  const rows = async (query: string) => (await bigquery.query(query))[0] as unknown[]
  return { bigquery, dataset, bucket, save, run, rows }
}

t.test('CREATE EXTERNAL TABLE shows files of every format', async (t) => {
  const { dataset, bucket, save, run, rows } = await open(t)
  await run(`CREATE TABLE d.towns AS SELECT 1 AS n, 'Köln' AS name`)
  await dataset.table('towns').extract(bucket.file('towns.avro'), { format: 'AVRO' })
  await dataset.table('towns').extract(bucket.file('towns.parquet'), { format: 'PARQUET' })
  await save('towns.json', '{"n":1,"name":"Köln"}\n')
  await save('towns.csv', "n|name\n1|'Köln'\n")
  const csv = `skip_leading_rows = 1, field_delimiter = '|', quote = "'", description = 'of a file'`
  const options = { avro: 'enable_logical_types = TRUE', parquet: '', json: '', csv }
  for (const [format, others] of Object.entries(options)) {
    const more = others === '' ? '' : `, ${others}`
    const made = `CREATE EXTERNAL TABLE d.${format} OPTIONS (format = '${format}', uris = ['gs://files/*.${format}']${more})`
    t.equal(await run(made), 'CREATE_EXTERNAL_TABLE')
    t.same(await rows(`SELECT n, name FROM d.${format}`), [{ n: 1, name: 'Köln' }], format)
  }
  const [metadata] = (await dataset.table('csv').getMetadata()) as unknown as [Record<string, unknown>]
  t.match(metadata, { type: 'EXTERNAL', description: 'of a file' })
})

t.test('columns may be said; what is there stays, is replaced, or is dropped', async (t) => {
  const { save, run, rows } = await open(t)
  await save('a.csv', '1\n')
  await save('b.csv', '2\n')
  const of = (head: string, file: string) =>
    `CREATE ${head} d.t (n FLOAT64) OPTIONS (format = 'CSV', uris = ['gs://files/${file}.csv'])`
  await run(of('EXTERNAL TABLE', 'a'))
  t.same(await rows('SELECT n FROM d.t'), [{ n: 1 }])
  await run(of('EXTERNAL TABLE IF NOT EXISTS', 'b'))
  t.same(await rows('SELECT n FROM d.t'), [{ n: 1 }])
  await run(of('EXTERNAL TABLE IF NOT EXISTS', 'not_there').replace(' (n FLOAT64)', ''))
  t.same(await rows('SELECT n FROM d.t'), [{ n: 1 }], 'no file is read for what is made already')
  await t.rejects(run(of('EXTERNAL TABLE', 'b')), /Already Exists/)
  await run(of('OR REPLACE EXTERNAL TABLE', 'b'))
  t.same(await rows('SELECT n FROM d.t'), [{ n: 2 }])
  t.equal(await run('DROP EXTERNAL TABLE d.t'), 'DROP_EXTERNAL_TABLE')
  await t.rejects(rows('SELECT n FROM d.t'), /Not found/)
  await run('DROP EXTERNAL TABLE IF EXISTS d.t')
})

t.test('what is wrong or not done is refused by its name', async (t) => {
  const { run } = await open(t)
  await run('CREATE TABLE d.own (n INT64)')
  await t.rejects(run('DROP EXTERNAL TABLE d.own'), /d\.own has type TABLE/)
  const make = (options: string) => run(`CREATE EXTERNAL TABLE d.t OPTIONS (${options})`)
  await t.rejects(make(`format = 'CSV'`), /needs the option uris/)
  await t.rejects(make(`uris = ['gs://files/x']`), /needs the option format/)
  await t.rejects(make(`format = 'CSV', uris = 'gs://files/x'`), /uris is an array of texts/)
  await t.rejects(make(`format = 'CSV', uris = ['gs://files/x', 5]`), /uris is an array of texts/)
  await t.rejects(make(`format = 'CSV', uris = []`), /uris is an array of texts/)
  await t.rejects(make(`format = ['CSV'], uris = ['gs://files/x']`), /the option format/)
  await t.rejects(make(`format = 'CSV', uris = ['gs://files/x'], colour = 'red'`), /colour/)
  await t.rejects(make(`format = 'ORC', uris = ['gs://files/x']`), /ORC/)
  await t.rejects(make(`format = 'CSV', uris = ['gs://files/x']`), /Not found: URI gs:\/\/files\/x/)
  const hive = `CREATE EXTERNAL TABLE d.t WITH PARTITION COLUMNS OPTIONS (format = 'CSV', uris = ['gs://files/x'])`
  await t.rejects(run(hive), /more than columns and OPTIONS/)
})

t.test('a query job brings tables of files along, which are there for it alone', async (t) => {
  const { bigquery, save, rows } = await open(t)
  await save('a.csv', 'n,name\n1,one\n2,two\n')
  const source = { sourceFormat: 'CSV', sourceUris: ['gs://files/a.csv'] }
  const schema = { fields: ['n', 'name'].map((name) => ({ name, type: 'STRING' })) }
  const tableDefinitions = {
    found: { ...source, autodetect: true },
    said: { ...source, schema, csvOptions: { skipLeadingRows: '1' } },
  }
  const asked = async (query: string, more: object = {}) => {
    const [job] = await bigquery.createQueryJob({ query, tableDefinitions, ...more })
    return (await job.getQueryResults())[0] as unknown[]
  }
  t.same(
    await asked(
      'SELECT found.n, said.name FROM found JOIN said ON CAST(found.n AS STRING) = said.n ORDER BY 1',
    ),
    [
      { n: 1, name: 'one' },
      { n: 2, name: 'two' },
    ],
  )
  t.same(await asked('DECLARE least INT64 DEFAULT 2; SELECT name FROM FOUND WHERE n >= least;'), [
    { name: 'two' },
  ])
  await t.rejects(rows('SELECT * FROM found'), /must be qualified with a dataset|Not found/)
  const nowhere = { found: { ...source, sourceUris: ['gs://files/nowhere.csv'], autodetect: true } }
  await t.rejects(asked('SELECT * FROM found', { tableDefinitions: nowhere }), /Not found: URI/)
  t.same(
    (await bigquery.getDatasets())[0].map(({ id }) => id),
    ['d'],
  )
})

t.test('EXPORT DATA writes what a query gives to files of every format', async (t) => {
  const { bucket, run, rows } = await open(t)
  await run(`CREATE TABLE d.t AS SELECT 1 AS n, 'Köln' AS name, [1, 2] AS list UNION ALL SELECT 2, NULL, []`)
  const text = async (name: string) => String((await bucket.file(name).download())[0])
  const exported = (more: string, query = 'SELECT n, name FROM d.t ORDER BY n') =>
    run(`EXPORT DATA OPTIONS (${more}) AS ${query};`)
  t.equal(
    await exported(`uri = 'gs://files/csv-*', format = 'CSV', header = TRUE, field_delimiter = ';'`),
    'EXPORT_DATA',
  )
  t.equal(await text('csv-000000000000'), 'n;name\n1;Köln\n2;\n')
  await t.rejects(exported(`uri = 'gs://files/csv-*', format = 'CSV'`), /names files that are there/)
  await exported(`uri = 'gs://files/csv-*', format = 'CSV', overwrite = TRUE`, 'SELECT 7 AS n')
  t.equal(await text('csv-000000000000'), '7\n')
  await exported(`uri = 'gs://files/json-*', format = 'JSON'`, 'SELECT list FROM d.t WHERE n = 1')
  t.same(JSON.parse(await text('json-000000000000')), { list: ['1', '2'] })
  for (const format of ['AVRO', 'PARQUET']) {
    await exported(`uri = 'gs://files/${format}-*', format = '${format}', compression = 'SNAPPY'`)
    await run(
      `CREATE EXTERNAL TABLE d.${format} OPTIONS (format = '${format}', uris = ['gs://files/${format}-*'])`,
    )
    t.same(await rows(`SELECT n, name FROM d.${format} ORDER BY n`), [
      { n: 1, name: 'Köln' },
      { n: 2, name: null },
    ])
  }
  await t.rejects(exported(`uri = 'gs://files/one.csv', format = 'CSV'`), /a text with one "\*"/)
  await t.rejects(exported(`uri = 'gs://files/x-*', format = 'ORC'`), /format of EXPORT DATA is none: "ORC"/)
  await t.rejects(
    exported(`uri = 'gs://files/x-*', format = 'CSV', kms = 'k'`),
    /the option kms of EXPORT DATA/,
  )
})

t.test('LOAD DATA brings files into a table that is there, or that it makes', async (t) => {
  const { save, run, rows } = await open(t)
  await save('a.csv', 'n,day\n1,2026-01-02\n')
  await save('b.json', '{"n": 2, "day": "2026-01-03"}\n')
  const of = (name: string, format: string, more = '') =>
    `FROM FILES (format = '${format}', uris = ['gs://files/${name}']${more})`
  t.equal(await run(`LOAD DATA INTO d.t PARTITION BY day CLUSTER BY n ${of('a.csv', 'CSV')}`), 'LOAD_DATA')
  t.same(await rows('SELECT n, CAST(day AS STRING) AS day FROM d.t'), [{ n: 1, day: '2026-01-02' }])
  await run(`LOAD DATA INTO d.t ${of('b.json', 'JSON')}`)
  t.same(await rows('SELECT n FROM d.t ORDER BY n'), [{ n: 1 }, { n: 2 }])
  await run(`LOAD DATA OVERWRITE d.t ${of('b.json', 'JSON')};`)
  t.same(await rows('SELECT n FROM d.t'), [{ n: 2 }])
  await run(`LOAD DATA INTO d.u (n STRING, day STRING) ${of('a.csv', 'CSV', ', skip_leading_rows = 1')}`)
  t.same(await rows('SELECT n, day FROM d.u'), [{ n: '1', day: '2026-01-02' }])
  await t.rejects(run(`LOAD DATA INTO d.t ${of('nowhere', 'CSV')}`), /Not found: URI/)
  await t.rejects(run("LOAD DATA INTO d.t FROM FILES (format = 'CSV')"), /LOAD DATA needs the option uris/)
})
