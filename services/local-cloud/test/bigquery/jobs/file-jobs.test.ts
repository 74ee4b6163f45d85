import { gunzipSync } from 'node:zlib'
import { BigQuery } from '@google-cloud/bigquery'
import { Storage } from '@google-cloud/storage'
import { DuckDBInstance } from '@duckdb/node-api'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { startLocalCloud } from '../../../src/index.ts'

async function open(t: { teardown: (done: () => Promise<void>) => void }) {
  process.env['METADATA_SERVER_DETECTION'] = 'none'
  const cloud = await startLocalCloud()
  t.teardown(() => cloud.close())
  const bigquery = new BigQuery({ projectId: 'p', apiEndpoint: `http://127.0.0.1:${cloud.bigqueryPort}` })
  const storage = new Storage({ projectId: 'p', apiEndpoint: cloud.environment['STORAGE_EMULATOR_HOST']! })
  const [dataset] = await bigquery.createDataset('d')
  const [bucket] = await storage.createBucket('files')
  const rows = async (sql: string) => (await bigquery.query(sql))[0] as Record<string, unknown>[]
  const content = async (name: string) => (await bucket.file(name).download())[0]
  return { bigquery, dataset, bucket, rows, content }
}

/** A column of each type, twice: with values at their borders, and with none. */
const FIELDS = [
  { name: 's', type: 'STRING' },
  { name: 'i', type: 'INTEGER' },
  { name: 'f', type: 'FLOAT' },
  { name: 'b', type: 'BOOLEAN' },
  { name: 'y', type: 'BYTES' },
  { name: 'n', type: 'NUMERIC' },
  { name: 'w', type: 'BIGNUMERIC' },
  { name: 't', type: 'TIMESTAMP' },
  { name: 'd', type: 'DATE' },
  { name: 'h', type: 'TIME' },
  { name: 'm', type: 'DATETIME' },
  { name: 'j', type: 'JSON' },
  { name: 'a', type: 'INTEGER', mode: 'REPEATED' },
  {
    name: 'r',
    type: 'RECORD',
    mode: 'REPEATED',
    fields: [
      { name: 'x', type: 'STRING' },
      { name: 'z', type: 'RECORD', fields: [{ name: 'q', type: 'NUMERIC' }] },
    ],
  },
]
const FULL = {
  s: 'ä "quoted", and a\nline',
  i: '-9223372036854775808',
  f: -1.5e300,
  b: true,
  y: Buffer.from([0, 255, 10]).toString('base64'),
  n: '-12345678901234567890123456789.123456789',
  w: '12345678901234567890123456789012345678.12345678901234567890123456789012345678',
  t: '2026-11-29T05:06:07.000008Z',
  d: '0001-01-01',
  h: '23:59:59.999999',
  m: '2026-11-29T05:06:07.5',
  j: '{"k":[1,null,"x"]}',
  a: ['1', '9223372036854775807'],
  r: [
    { x: 'one', z: { q: '0.000000001' } },
    { x: null, z: null },
  ],
}
const ALL = 'SELECT * REPLACE (TO_JSON_STRING(j) AS j) FROM d.TABLE ORDER BY s'

for (const compression of ['NONE', 'DEFLATE', 'SNAPPY']) {
  for (const useAvroLogicalTypes of [true, false]) {
    const how = `${compression}, ${useAvroLogicalTypes ? 'with' : 'without'} logical types`
    t.test(`Avro out and in again (${how}): every type, every value`, async (t) => {
      const { dataset, bucket, rows, bigquery } = await open(t)
      const [table] = await dataset.createTable('source', { schema: { fields: FIELDS } })
      await table.insert(
        [FULL, { s: 'nothing', a: [], r: [] }].map((json) => ({ json })),
        { raw: true },
      )
      const extract = { destinationFormat: 'AVRO', compression, useAvroLogicalTypes }
      const destinationUris = ['gs://files/out/x-*.avro']
      const sourceTable = { projectId: 'p', datasetId: 'd', tableId: 'source' }
      const [job] = await bigquery.createJob({
        configuration: { extract: { ...extract, destinationUris, sourceTable } },
      })
      await job.promise()
      t.same(
        (await bucket.getFiles())[0].map(({ name }) => name),
        ['out/x-000000000000.avro'],
      )
      const [metadata] = await dataset.table('back').load(bucket.file('out/x-000000000000.avro'), {
        format: 'AVRO',
        useAvroLogicalTypes: true,
        // dates and times that came as text have to be told
        ...(!useAvroLogicalTypes && { schema: { fields: FIELDS } }),
      } as object)
      t.match(metadata, { status: { state: 'DONE' }, statistics: { load: { outputRows: '2' } } })
      t.same(await rows(ALL.replace('TABLE', 'back')), await rows(ALL.replace('TABLE', 'source')))
      const columns = (await dataset.table('back').getMetadata())[0] as {
        schema: { fields: { type: string }[] }
      }
      t.same(
        columns.schema.fields.map(({ type }) => type),
        FIELDS.map(({ type }) => type),
      )
    })
  }
}

t.test('a partition by its decorator: of hours, and of ranges', async (t) => {
  const { bigquery, dataset, rows, content } = await open(t)
  const fields = [
    { name: 'moment', type: 'TIMESTAMP' },
    { name: 'n', type: 'INTEGER' },
  ]
  const hours = { type: 'HOUR', field: 'moment' }
  const [table] = await dataset.createTable('hours', { schema: { fields }, timePartitioning: hours })
  const at = (time: string, n: number) => ({ moment: `2026-11-29T${time}Z`, n })
  await table.insert([
    at('04:59:59.999999', 1),
    at('05:00:00', 2),
    at('05:59:59.999999', 3),
    at('06:00:00', 4),
  ])
  const extract = (tableId: string, name: string) =>
    bigquery
      .createJob({
        configuration: {
          extract: {
            sourceTable: { projectId: 'p', datasetId: 'd', tableId },
            destinationUris: [`gs://files/${name}`],
            destinationFormat: 'CSV',
            printHeader: false,
          },
        },
      })
      .then(([job]) => job.promise())
  await extract('hours$2026112905', 'hour')
  t.equal((await content('hour')).toString(), '2026-11-29 05:00:00 UTC,2\n2026-11-29 05:59:59.999999 UTC,3\n')
  await t.rejects(extract('hours$20261129', 'never'), /10 digits/)

  const [job] = await bigquery.createQueryJob({
    query: 'SELECT n, moment FROM d.hours WHERE n < 4',
    destination: dataset.table('ranges'),
    rangePartitioning: { field: 'n', range: { start: '0', end: '100', interval: '2' } },
  })
  await job.promise()
  t.same(await rows('SELECT n FROM d.ranges ORDER BY n'), [{ n: 1 }, { n: 2 }, { n: 3 }])
  await extract('ranges$2', 'range')
  t.match((await content('range')).toString(), /^2,.*\n3,.*\n$/)
  await t.rejects(extract('ranges$3', 'never'), /beginning of a range/)
  await t.rejects(extract('nope', 'never'), /Not found: Table p:d.nope/)
  await t.rejects(extract('ranges', 'a*b*'), /more than one|Disallowed|\*/)
})

t.test('the results of a query are kept in a table, by its dispositions', async (t) => {
  const { bigquery, dataset, rows } = await open(t)
  const into = async (query: string, options: object = {}) => {
    const [job] = await bigquery.createQueryJob({
      query,
      destination: dataset.table('kept'),
      ...options,
    })
    return job.getQueryResults()
  }
  await t.rejects(into('SELECT 1 AS n', { createDisposition: 'CREATE_NEVER' }), /Not found: Table p:d.kept/)
  t.same((await into("SELECT 1 AS n, FROM_BASE64('eA==') AS y"))[0], [{ n: 1, y: Buffer.from('x') }])
  await t.rejects(into('SELECT 2 AS n'), /Already Exists: Table p:d.kept/)
  await into('SELECT 2 AS n', { writeDisposition: 'WRITE_APPEND' })
  t.same(await rows('SELECT n FROM d.kept ORDER BY n'), [{ n: 1 }, { n: 2 }])
  await t.rejects(
    into("SELECT 'x' AS n", { writeDisposition: 'WRITE_APPEND' }),
    /has changed type from INTEGER/,
  )
  await into("SELECT 'x' AS n", { writeDisposition: 'WRITE_TRUNCATE' })
  t.same(await rows('SELECT * FROM d.kept'), [{ n: 'x' }])
})

t.test('lines of JSON and CSV out and in again', async (t) => {
  const { dataset, bucket, rows, content } = await open(t)
  const fields = FIELDS.filter(({ mode }) => mode === undefined)
  const [table] = await dataset.createTable('flat', { schema: { fields } })
  await table.insert([{ json: { ...FULL, a: undefined, r: undefined } }, { json: { s: '', y: '' } }], {
    raw: true,
  })
  for (const [format, name] of [
    ['JSON', 'x.json.gz'],
    ['CSV', 'x.csv.gz'],
  ] as const) {
    await table.extract(bucket.file(name), { format, gzip: true })
    t.ok(gunzipSync(await content(name)).length > 0)
    const load = {
      format,
      schema: { fields },
      ...(format === 'CSV' && { skipLeadingRows: 1, allowQuotedNewlines: true }),
    }
    await dataset.table(`from_${format}`).load(bucket.file(name), load as object)
    t.same(
      await rows(ALL.replace('TABLE', `from_${format}`)),
      await rows(ALL.replace('TABLE', 'flat')),
      format,
    )
  }
  const nested = [{ name: 'r', type: 'RECORD', fields: [{ name: 'x', type: 'STRING' }] }]
  const [deep] = await dataset.createTable('deep', { schema: { fields: nested } })
  await t.rejects(deep.extract(bucket.file('deep.csv'), { format: 'CSV' }), /nested schema. Field: r/)
  await t.rejects(table.extract(bucket.file('x.orc'), { format: 'ORC' }), /extract jobs as ORC/)
})

t.test('external tables show what their files hold now', async (t) => {
  const { dataset, bucket, rows } = await open(t)
  const external = (name: string, sourceFormat: string, uris: string[], more: object = {}) =>
    dataset.createTable(name, {
      externalDataConfiguration: { sourceFormat, sourceUris: uris, autodetect: true, ...more },
    } as object)
  await bucket.file('day/1.json').save('{"n":1,"tags":["a"]}\n{"n":2}\n', { resumable: false })
  // as bq sends it
  const noDecimals = { decimalTargetTypes: null }
  await external('lines', 'NEWLINE_DELIMITED_JSON', ['gs://files/day/*.json'], noDecimals)
  t.same(await rows('SELECT n, tags FROM d.lines ORDER BY n'), [
    { n: 1, tags: ['a'] },
    { n: 2, tags: [] },
  ])
  await bucket.file('day/2.json').save('{"n":3}\n', { resumable: false })
  t.same(await rows('SELECT SUM(n) AS n FROM d.lines'), [{ n: 6 }])
  await bucket.file('day/1.json').delete()
  t.same(await rows('SELECT SUM(n) AS n FROM d.lines'), [{ n: 3 }])
  await bucket.file('day/2.json').delete()
  const many = Array.from({ length: 10_001 }, (_, n) => `gs://files/${n}.json`)
  await t.rejects(external('many', 'NEWLINE_DELIMITED_JSON', many), /Too many source URIs/)
  await t.rejects(rows('SELECT * FROM d.lines'), /Not found: URI gs:\/\/files\/day\/\*\.json/)
  const [metadata] = (await dataset.table('lines').getMetadata()) as unknown as [{ type: string }]
  t.equal(metadata.type, 'EXTERNAL')
  await t.rejects(dataset.table('lines').insert({ n: 1 }), /EXTERNAL/)
  await t.rejects(rows('DELETE FROM d.lines WHERE TRUE'), /type EXTERNAL/)

  await bucket.file('more.json').save('{"n":1,"städte":["Köln"]}\n', { resumable: false })
  const declared = { autodetect: false, schema: { fields: [{ name: 'n', type: 'INTEGER' }] } }
  await external('strict', 'NEWLINE_DELIMITED_JSON', ['gs://files/more.json'], declared)
  await t.rejects(rows('SELECT * FROM d.strict'), /städte/)
  const lax = { ...declared, ignoreUnknownValues: true }
  await external('lax', 'NEWLINE_DELIMITED_JSON', ['gs://files/more.json'], lax)
  t.same(await rows('SELECT * FROM d.lax'), [{ n: 1 }])
  await external('towns', 'NEWLINE_DELIMITED_JSON', ['gs://files/more.json'])
  t.same(await rows('SELECT `städte`[0] AS town FROM d.towns'), [{ town: 'Köln' }])

  await bucket.file('x.csv').save('name,age\n"Ann, B.",30\nBob,\n', { resumable: false })
  await external('people', 'CSV', ['gs://files/x.csv'])
  t.same(await rows('SELECT * FROM d.people ORDER BY name'), [
    { name: 'Ann, B.', age: 30 },
    { name: 'Bob', age: null },
  ])
  await external('told', 'CSV', ['gs://files/x.csv'], {
    csvOptions: { skipLeadingRows: 1 },
    schema: {
      fields: [
        { name: 'who', type: 'STRING' },
        { name: 'years', type: 'FLOAT' },
      ],
    },
  })
  t.same(await rows('SELECT SUM(years) AS years FROM d.told'), [{ years: 30 }])

  const folder = mkdtempSync(join(tmpdir(), 'parquet-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  const select =
    "SELECT 7::BIGINT AS n, TIMESTAMPTZ '2026-01-01 00:00:00+00' AS t, ['a', 'b'] AS l, {'q': 1.5::DOUBLE} AS r"
  await connection.run(`COPY (${select}) TO '${join(folder, 'x.parquet')}' (FORMAT parquet)`)
  connection.closeSync()
  await bucket.file('x.parquet').save(readFileSync(join(folder, 'x.parquet')), { resumable: false })
  await external('columnar', 'PARQUET', ['gs://files/x.parquet'])
  t.same(await rows('SELECT n, UNIX_MILLIS(t) AS t, ARRAY_LENGTH(l) AS l, r.q AS q FROM d.columnar'), [
    { n: 7, t: Date.parse('2026-01-01'), l: 2, q: 1.5 },
  ])
  await external('again', 'PARQUET', ['gs://files/x.parquet'])
  await dataset.table('again').delete()
  await t.rejects(external('wrong', 'AVRO', ['gs://files/x.csv']), /Avro library failed/)
  await t.rejects(external('other', 'ORC', ['gs://files/x.csv']), /source format ORC/)
})

t.test('a file that does not fit changes nothing, and says where', async (t) => {
  const { dataset, bucket, rows } = await open(t)
  const fields = [{ name: 'n', type: 'INTEGER' }]
  const [table] = await dataset.createTable('numbers', { schema: { fields } })
  await table.insert({ n: 1 })
  await bucket.file('bad.json').save('{"n":2}\n{"n":"two"}\n', { resumable: false })
  const load = (options: object) =>
    table.load(bucket.file('bad.json'), { format: 'JSON', ...options } as object)
  await t.rejects(load({ writeDisposition: 'WRITE_TRUNCATE' }), /row 2.*two/s)
  t.same(await rows('SELECT n FROM d.numbers'), [{ n: 1 }])
  await bucket.file('bad.json').save('{"n":2}\nno JSON\n', { resumable: false })
  await t.rejects(load({}), /line 2/)
  await bucket.file('bad.json').save('{"n":2,"more":3}\n', { resumable: false })
  await t.rejects(load({}), /no such field: more/)
  await load({ ignoreUnknownValues: true })
  t.same(await rows('SELECT n FROM d.numbers ORDER BY n'), [{ n: 1 }, { n: 2 }])
})

for (const compression of ['NONE', 'SNAPPY', 'GZIP', 'ZSTD']) {
  t.test(`Parquet out and in again (${compression}): every type but BIGNUMERIC`, async (t) => {
    const { dataset, bucket, rows, bigquery } = await open(t)
    const fields = FIELDS.filter(({ type }) => type !== 'BIGNUMERIC')
    const [table] = await dataset.createTable('source', { schema: { fields } })
    const { w: _, ...full } = FULL
    await table.insert(
      [full, { s: 'nothing', a: [], r: [] }].map((json) => ({ json })),
      { raw: true },
    )
    const sourceTable = { projectId: 'p', datasetId: 'd', tableId: 'source' }
    const destinationUris = ['gs://files/x.parquet']
    const extract = { destinationFormat: 'PARQUET', compression, destinationUris, sourceTable }
    const [job] = await bigquery.createJob({ configuration: { extract } })
    await job.promise()
    await dataset
      .table('back')
      .load(bucket.file('x.parquet'), { format: 'PARQUET', schema: { fields } } as object)
    t.same(await rows(ALL.replace('TABLE', 'back')), await rows(ALL.replace('TABLE', 'source')))
  })
}

t.test('in CSV nothing is NULL, and two quotes are an empty text', async (t) => {
  const { dataset, bucket, rows } = await open(t)
  const fields = ['INTEGER', 'STRING', 'STRING'].map((type, index) => ({ name: 'nst'[index]!, type }))
  await bucket.file('empty.csv').save('1,,""\n"","x",y\n', { resumable: false })
  const load = (options: object) =>
    dataset.table('empty').load(bucket.file('empty.csv'), {
      format: 'CSV',
      schema: { fields },
      writeDisposition: 'WRITE_TRUNCATE',
      ...options,
    } as object)
  await load({})
  const all = 'SELECT n, s, t FROM d.empty ORDER BY t'
  t.same(await rows(all), [
    { n: 1, s: null, t: '' },
    { n: null, s: 'x', t: 'y' },
  ])
  await bucket.file('empty.csv').save('1,,y\n', { resumable: false })
  await load({ nullMarker: 'y' })
  t.same(await rows(all), [{ n: 1, s: '', t: null }], 'with a marker of its own nothing is an empty text')
})

t.test('a JSON column is loaded with the value as it stands in its line', async (t) => {
  const { bigquery, bucket, rows } = await open(t)
  const values = [
    '"text"',
    '"{\\"a\\":1}"',
    '9007199254740993',
    '[1,"x",null]',
    '{"n":12345678901234567}',
    'true',
  ]
  const lines = values.map(
    (value, n) => `{"n":${n},"big":"9007199254740993","j":${value},"r":{"j":${value}}}`,
  )
  await bucket.file('j.json').save(lines.join('\n'), { resumable: false })
  const fields = [
    { name: 'n', type: 'INTEGER' },
    { name: 'big', type: 'INTEGER' },
    { name: 'j', type: 'JSON' },
    { name: 'r', type: 'RECORD', fields: [{ name: 'j', type: 'JSON' }] },
  ]
  const [job] = await bigquery.createJob({
    configuration: {
      load: {
        sourceUris: ['gs://files/j.json'],
        destinationTable: { projectId: 'p', datasetId: 'd', tableId: 'j' },
        sourceFormat: 'NEWLINE_DELIMITED_JSON',
        schema: { fields },
      },
    },
  })
  await job.promise()
  const loaded = await rows(
    'SELECT CAST(big AS STRING) AS big, TO_JSON_STRING(j) AS j, TO_JSON_STRING(r.j) AS rj FROM d.j ORDER BY n',
  )
  t.same(
    loaded,
    values.map((value) => ({ big: '9007199254740993', j: value, rj: value })),
  )
})
