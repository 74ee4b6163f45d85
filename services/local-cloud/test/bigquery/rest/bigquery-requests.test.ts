import t from 'tap'
import { startLocalCloud } from '../../../src/index.ts'

interface Answer {
  readonly status: number
  readonly datasets: readonly { readonly datasetReference: { readonly datasetId: string } }[]
  readonly rows: readonly unknown[]
  readonly jobReference: { readonly jobId: string }
  readonly nextPageToken?: string
  readonly etag: string
}

async function open(t: { teardown: (done: () => Promise<void>) => void }) {
  const cloud = await startLocalCloud()
  t.teardown(() => cloud.close())
  const base = `http://127.0.0.1:${cloud.bigqueryPort}/bigquery/v2/projects/p`
  const call = async (method: string, path: string, body?: object, headers: Record<string, string> = {}) => {
    const init = { method, headers: { ...headers, ...(body && { 'content-type': 'application/json' }) } }
    const response = await fetch(`${base}${path}`, { ...init, ...(body && { body: JSON.stringify(body) }) })
    const text = await response.text()
    return { status: response.status, ...(text === '' ? {} : (JSON.parse(text) as object)) } as Answer
  }
  const dataset = (datasetId: string, labels: object = {}) =>
    call('POST', '/datasets', { datasetReference: { datasetId }, labels })
  const table = (tableId: string) =>
    call('POST', '/datasets/d/tables', {
      tableReference: { tableId },
      schema: {
        fields: [
          { name: 'n', type: 'INTEGER' },
          { name: 's', type: 'STRING' },
        ],
      },
    })
  const insert = (tableId: string, ...rows: object[]) =>
    call('POST', `/datasets/d/tables/${tableId}/insertAll`, { rows: rows.map((json) => ({ json })) })
  const query = (text: string, more: object = {}) =>
    call('POST', '/queries', { query: text, useLegacySql: false, ...more })
  const job = (configuration: object) => call('POST', '/jobs', { configuration })
  return { call, dataset, table, insert, query, job }
}

t.test('lists come in pages, filtered as asked', async (t) => {
  const { call, dataset, table, query } = await open(t)
  await dataset('d', { team: 'a' })
  await dataset('e', { team: 'b', new: '' })
  await dataset('f')
  const ids = (answer: Answer) => answer.datasets.map(({ datasetReference }) => datasetReference.datasetId)
  const first = await call('GET', '/datasets?maxResults=2')
  t.same(ids(first), ['d', 'e'])
  const second = await call('GET', `/datasets?maxResults=2&pageToken=${first.nextPageToken}`)
  t.same(ids(second), ['f'])
  t.notOk(second.nextPageToken)
  t.same(ids(await call('GET', '/datasets?filter=labels.team')), ['d', 'e'])
  t.same(ids(await call('GET', '/datasets?filter=labels.team:b%20labels.new')), ['e'])
  t.equal((await call('GET', '/datasets?filter=name:x')).status, 400)
  for (const id of ['t1', 't2', 't3']) await table(id)
  const tables = await call('GET', '/datasets/d/tables?maxResults=2')
  t.match(tables, { totalItems: 3, tables: { length: 2 }, nextPageToken: '2' })
  await query('SELECT 1')
  await query('SELECT 2')
  t.match(await call('GET', '/jobs?maxResults=1'), { jobs: { length: 1 }, nextPageToken: '1' })
  t.match(await call('GET', '/jobs?stateFilter=running&stateFilter=pending'), { jobs: [] })
  t.match(await call('GET', '/jobs?stateFilter=done&allUsers=true'), { jobs: { length: 2 } })
  t.match(await call('GET', `/jobs?minCreationTime=${Date.now() + 60_000}`), { jobs: [] })
})

t.test(
  'a dataset is patched under its etag, and deleted with what is in it by any spelling of true',
  async (t) => {
    const { call, dataset, table } = await open(t)
    const { etag } = await dataset('d')
    t.match(await call('PATCH', '/datasets/d', { description: 'x' }, { 'if-match': 'another' }), {
      status: 412,
      error: { errors: [{ reason: 'conditionNotMet' }] },
    })
    t.match(await call('PATCH', '/datasets/d', { description: 'x' }, { 'if-match': etag }), {
      description: 'x',
    })
    await table('t')
    t.equal((await call('DELETE', '/datasets/d?deleteContents=False')).status, 400)
    t.equal((await call('DELETE', '/datasets/d?deleteContents=True')).status, 204)
  },
)

t.test('a table is shown as its view asks, and its rows with the columns that are selected', async (t) => {
  const { call, dataset, table, insert } = await open(t)
  await dataset('d')
  await table('t')
  await insert('t', { n: 1, s: 'a' })
  t.match(await call('GET', '/datasets/d/tables/t'), { numRows: '1', lastModifiedTime: String })
  const basic = await call('GET', '/datasets/d/tables/t?view=BASIC')
  t.match(basic, { schema: { fields: { length: 2 } } })
  t.same(
    ['numRows', 'numBytes', 'lastModifiedTime'].filter((key) => key in basic),
    [],
  )
  t.equal((await call('GET', '/datasets/d/tables/t?view=ALL')).status, 400)
  t.same((await call('GET', '/datasets/d/tables/t/data?selectedFields=S')).rows, [{ f: [{ v: 'a' }] }])
  t.equal((await call('GET', '/datasets/d/tables/t/data?selectedFields=x')).status, 400)
})

t.test(
  'a job keeps its labels, is limited by the bytes that may be billed, and can be deleted',
  async (t) => {
    const { call, dataset, table, insert, query, job } = await open(t)
    await dataset('d')
    await table('t')
    await insert('t', { n: 1, s: 'a' })
    const done = await query('SELECT n FROM d.t', { labels: { team: 'a' }, maximumBytesBilled: '10485760' })
    t.match(done, { kind: 'bigquery#queryResponse', queryId: String, totalRows: '1' })
    const { jobId } = done.jobReference
    t.match(await call('GET', `/jobs/${jobId}`), { configuration: { labels: { team: 'a' } } })
    t.match(await call('GET', `/queries/${jobId}`), {
      kind: 'bigquery#getQueryResultsResponse',
      totalRows: '1',
    })
    t.match(await query('SELECT n FROM d.t', { maximumBytesBilled: '1' }), {
      status: 400,
      error: { errors: [{ reason: 'bytesBilledLimitExceeded' }] },
    })
    const labelled = await job({ query: { query: 'SELECT 1', useLegacySql: false }, labels: { x: 'y' } })
    t.match(labelled, { configuration: { labels: { x: 'y' } } })
    t.equal((await call('DELETE', `/jobs/${jobId}/delete`)).status, 200)
    t.equal((await call('GET', `/jobs/${jobId}`)).status, 404)
  },
)

t.test('what nobody would do is refused by its name', async (t) => {
  const { query, job, call, dataset } = await open(t)
  const sql = { query: 'SELECT 1', useLegacySql: false }
  const zone = [{ key: 'time_zone', value: 'UTC' }]
  t.match(await query('SELECT 1', { connectionProperties: zone }), {
    status: 501,
    error: { message: /connection property time_zone/ },
  })
  t.match(await job({ query: { ...sql, continuous: true } }), {
    status: 501,
    error: { message: /continuous/ },
  })
  t.match(await job({ query: sql, reservation: 'r' }), { status: 501, error: { message: /reservation/ } })
  t.equal((await query('SELECT 1', { createSession: false, connectionProperties: [] })).status, 200)
  await dataset('d')
  t.match(await call('PATCH', '/datasets/d', { defaultCollation: 'und:ci' }), {
    status: 501,
    error: { message: /defaultCollation/ },
  })
  t.match(await call('POST', '/datasets/d/routines', {}), {
    status: 400,
    error: { message: /definitionBody/ },
  })
  t.match(await call('POST', '/datasets/d/routines'), { status: 400 })
  const python = { routineReference: { routineId: 'f' }, language: 'PYTHON', definitionBody: 'pass' }
  t.match(await call('POST', '/datasets/d/routines', python), { status: 501, error: { message: /PYTHON/ } })
})

t.test('copy jobs bring the rows of tables into one, by their dispositions', async (t) => {
  const { dataset, table, insert, query, job } = await open(t)
  await dataset('d')
  for (const [id, n] of [
    ['a', 1],
    ['b', 2],
  ] as const) {
    await table(id)
    await insert(id, { n, s: id })
  }
  const named = (tableId: string) => ({ projectId: 'p', datasetId: 'd', tableId })
  const copy = (sources: string[], to: string, more: object = {}) =>
    job({ copy: { sourceTables: sources.map(named), destinationTable: named(to), ...more } })
  const rows = async (id: string) => (await query(`SELECT n FROM d.${id} ORDER BY n`)).rows
  t.match(await copy(['a', 'b'], 'c'), {
    status: { state: 'DONE', errorResult: undefined },
    statistics: { copy: { copiedRows: '2' } },
  })
  t.same(await rows('c'), [{ f: [{ v: '1' }] }, { f: [{ v: '2' }] }])
  t.match(await copy(['a'], 'c'), { status: { errorResult: { reason: 'duplicate' } } })
  await copy(['a'], 'c', { writeDisposition: 'WRITE_APPEND' })
  t.equal((await rows('c')).length, 3)
  await copy(['b'], 'c', { writeDisposition: 'WRITE_TRUNCATE' })
  t.same(await rows('c'), [{ f: [{ v: '2' }] }])
  t.match(await copy(['nobody'], 'e'), { status: { errorResult: { reason: 'notFound' } } })
  t.match(await copy(['a'], 'e', { createDisposition: 'CREATE_NEVER' }), {
    status: { errorResult: { reason: 'notFound' } },
  })
  t.match(await copy(['a'], 'e', { operationType: 'MOVE' }), {
    status: { errorResult: { reason: 'invalid' } },
  })
})

t.test('a GEOGRAPHY is kept as BigQuery writes it, and nothing else is taken for one', async (t) => {
  const { call, dataset, insert, query } = await open(t)
  await dataset('d')
  const fields = [{ name: 'place', type: 'GEOGRAPHY' }]
  await call('POST', '/datasets/d/tables', { tableReference: { tableId: 't' }, schema: { fields } })
  t.match(await call('GET', '/datasets/d/tables/t'), { schema: { fields } })
  t.notOk('insertErrors' in (await insert('t', { place: 'POINT(1 2)' })))
  t.match(await insert('t', { place: 'somewhere' }), { insertErrors: [{ errors: [{ location: 'place' }] }] })
  t.same((await query('SELECT place FROM d.t')).rows, [{ f: [{ v: 'POINT(1 2)' }] }])
  await call('POST', '/datasets/d/tables', { tableReference: { tableId: 'other' }, schema: { fields } })
  const written: Readonly<Record<string, string>> = {
    'point( 361.50 2 )': 'POINT(1.5 2)',
    'LINESTRING(1 1, 1 1, 2 2)': 'LINESTRING(1 1, 2 2)',
    '{"type": "Point", "coordinates": [1, 3]}': 'POINT(1 3)',
    '010100000000000000000000400000000000001040': 'POINT(2 4)',
    'POLYGON((0 0, 0 1, 1 1, 0 0))': 'POLYGON((0 0, 0 1, 1 1, 0 0))',
  }
  for (const place of Object.keys(written))
    t.notOk('insertErrors' in (await insert('other', { place })), place)
  const shown = (await query('SELECT place FROM d.other')).rows as { f: { v: string }[] }[]
  t.same(shown.map(({ f }) => f[0]!.v).toSorted(), Object.values(written).toSorted())
  for (const place of ['POINT(0 91)', 'LINESTRING(0 0, 180 0)', '{"type": "Point"}', '01', ''])
    t.match(await insert('other', { place }), {
      insertErrors: [{ errors: [{ message: /^Cannot convert value to geography \(bad value\)/ }] }],
    })
  for (const statement of [
    'CREATE TABLE d.sql (n INT64, place GEOGRAPHY, way ARRAY<GEOGRAPHY>)',
    'INSERT INTO d.sql (n, place, way) VALUES (1, ST_GEOGPOINT(1, 2), [ST_GEOGPOINT(3, 4)]), (2, NULL, [])',
    'MERGE d.sql AS s USING d.t ON ST_EQUALS(s.place, t.place) WHEN MATCHED THEN UPDATE SET n = 5',
    'CREATE TABLE d.copy AS SELECT n, place, ST_ASTEXT(way[SAFE_OFFSET(0)]) AS first FROM d.sql',
  ])
    t.notOk('error' in (await query(statement)), statement)
  const near = 'SELECT n, place, first FROM d.copy WHERE ST_DWITHIN(place, ST_GEOGPOINT(1, 2.0001), 12)'
  t.same((await query(near)).rows, [{ f: [{ v: '5' }, { v: 'POINT(1 2)' }, { v: 'POINT(3 4)' }] }])
  t.match(await query("INSERT INTO d.sql (place) VALUES ('POINT(1 2)')"), {
    error: { message: /type STRING/ },
  })
})

t.test('insertAll makes no text of a boolean', async (t) => {
  const { dataset, table, insert } = await open(t)
  await dataset('d')
  await table('t')
  t.match(await insert('t', { s: true }), {
    insertErrors: [{ errors: [{ message: 'Conversion from bool to std::string is unsupported.' }] }],
  })
})

t.test(
  'a dataset keeps who may do what, its names and its labels, of which null takes one away',
  async (t) => {
    const { call } = await open(t)
    const access = [{ role: 'READER', userByEmail: 'a@example.com' }]
    await call('POST', '/datasets', {
      datasetReference: { datasetId: 'd' },
      access,
      labels: { a: '1', b: '2' },
    })
    t.match(await call('GET', '/datasets/d'), { access, labels: { a: '1', b: '2' } })
    await call('PATCH', '/datasets/d', { friendlyName: 'D', access: [], labels: { a: null, c: '3' } })
    const after = await call('GET', '/datasets/d')
    t.match(after, { friendlyName: 'D', access: [] })
    t.same((after as unknown as { labels: object }).labels, { b: '2', c: '3' })
    t.match(await call('PATCH', '/datasets/d', { defaultCollation: 'und:ci' }), {
      error: { message: /defaultCollation of a dataset/ },
    })
  },
)
