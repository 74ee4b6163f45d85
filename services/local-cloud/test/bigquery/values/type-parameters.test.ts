import { BigQuery } from '@google-cloud/bigquery'
import t from 'tap'
import { startLocalCloud } from '../../../src/index.ts'

async function open(t: { teardown: (done: () => Promise<void>) => void }) {
  process.env['METADATA_SERVER_DETECTION'] = 'none'
  const cloud = await startLocalCloud()
  t.teardown(() => cloud.close())
  const root = `http://127.0.0.1:${cloud.bigqueryPort}/bigquery/v2/projects/p`
  const bigquery = new BigQuery({ projectId: 'p', apiEndpoint: `http://127.0.0.1:${cloud.bigqueryPort}` })
  const [dataset] = await bigquery.createDataset('d')
  const call = async (method: string, path: string, body?: object) => {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${root}${path}`, {
      method,
      ...(body && { headers, body: JSON.stringify(body) }),
    })
    return (await response.json()) as { rows: { f: { v: unknown }[] }[]; error?: { message: string } }
  }
  const create = (tableId: string, ...fields: object[]) =>
    call('POST', '/datasets/d/tables', { tableReference: { tableId }, schema: { fields } })
  const insert = (tableId: string, ...rows: object[]) =>
    call('POST', `/datasets/d/tables/${tableId}/insertAll`, { rows: rows.map((json) => ({ json })) })
  const cells = async (tableId: string, query = '') =>
    (await call('GET', `/datasets/d/tables/${tableId}/data${query}`)).rows.map(({ f }) => f.map(({ v }) => v))
  const run = (query: string, queryParameters: readonly object[] = []) =>
    call('POST', '/queries', { query, useLegacySql: false, queryParameters })
  return { bigquery, dataset, call, create, insert, cells, run }
}

t.test('lengths and precisions are kept, and values are held to them wherever they come in', async (t) => {
  const { call, create, insert, cells, run } = await open(t)
  const fields = [
    { name: 's', type: 'STRING', maxLength: 3 },
    { name: 'b', type: 'BYTES', maxLength: '2' },
    { name: 'n', type: 'NUMERIC', precision: 5, scale: 2 },
  ]
  t.match(await create('t', ...fields), {
    schema: {
      fields: [{ maxLength: '3' }, { maxLength: '2' }, { precision: '5', scale: '2' }],
    },
  })
  t.same(await insert('t', { s: 'äöü', b: 'AAA=', n: '-123.455' }), {
    kind: 'bigquery#tableDataInsertAllResponse',
  })
  t.same(await cells('t'), [['äöü', 'AAA=', '-123.46']])
  for (const [row, message] of [
    [{ s: 'four' }, /value has 4 characters; STRING\(3\)/],
    [{ b: 'AAAA' }, /value has 3 bytes; BYTES\(2\)/],
    [{ n: '1000' }, /1000 is out of range for NUMERIC\(5, 2\)/],
    [{ n: 999.995 }, /out of range for NUMERIC\(5, 2\)/],
  ] as const)
    t.match(await insert('t', row), { insertErrors: [{ errors: [{ message }] }] })
  await run("INSERT INTO d.t (s) VALUES ('abc')")
  t.match(await run("INSERT INTO d.t (s) VALUES ('abcd')"), { error: { message: /CHECK constraint/ } })
  t.match(await run('INSERT INTO d.t (n) VALUES (1000)'), { error: { message: /CHECK constraint/ } })
  const wider = [...fields, { name: 'more', type: 'STRING', maxLength: 1 }]
  t.match(await call('PATCH', '/datasets/d/tables/t', { schema: { fields: wider } }), {
    schema: { fields: { length: 4 } },
  })
  t.match(await insert('t', { more: 'xx' }), { insertErrors: [{}] })
  t.equal((await cells('t')).length, 2)
  for (const [field, message] of [
    [{ name: 'x', type: 'INTEGER', maxLength: 3 }, /takes no maxLength/],
    [{ name: 'x', type: 'NUMERIC', scale: 2 }, /scale without a precision/],
    [{ name: 'x', type: 'NUMERIC', precision: 40 }, /cannot have the precision 40/],
    [{ name: 'x', type: 'TIMESTAMP', timestampPrecision: 9 }, /timestampPrecision 9/],
    [{ name: 'x', type: 'BIGNUMERIC', precision: 39, scale: 1 }, /a precision of BIGNUMERIC/],
    [{ name: 'x', type: 'RANGE' }, /rangeElementType/],
    [{ name: 'x', type: 'STRING', maxLength: 3, mode: 'REPEATED' }, /REPEATED/],
  ] as const)
    t.match(await create('bad', field), { error: { message } })
})

t.test('a TIMESTAMP in ISO 8601 has the microseconds that it has, and not more digits', async (t) => {
  const { create, insert, cells } = await open(t)
  await create('t', { name: 'moment', type: 'TIMESTAMP' })
  await insert('t', { moment: '2015-10-31T23:59:56Z' }, { moment: '2015-10-31T23:59:56.123456Z' })
  t.same(await cells('t', '?formatOptions.timestampOutputFormat=ISO8601_STRING'), [
    ['2015-10-31T23:59:56.000000Z'],
    ['2015-10-31T23:59:56.123456Z'],
  ])
})

t.test('a TIMESTAMP with picoseconds keeps all of them, and is answered in each format', async (t) => {
  const { create, insert, cells, call, run } = await open(t)
  t.match(await create('t', { name: 'moment', type: 'TIMESTAMP', timestampPrecision: 12 }), {
    schema: { fields: [{ timestampPrecision: '12' }] },
  })
  await insert(
    't',
    { moment: '2023-01-01T12:00:00.123456789123Z' },
    { moment: '2023-01-01 14:00:00.1+02:00' },
    { moment: '1969-12-31T23:59:59.999999999999Z' },
  )
  t.same(await cells('t', '?formatOptions.timestampOutputFormat=ISO8601_STRING'), [
    ['2023-01-01T12:00:00.123456789123Z'],
    ['2023-01-01T12:00:00.100000000000Z'],
    ['1969-12-31T23:59:59.999999999999Z'],
  ])
  t.same(await cells('t', '?formatOptions.useInt64Timestamp=true'), [
    ['1672574400123456'],
    ['1672574400100000'],
    ['-1'],
  ])
  t.same((await cells('t'))[0], ['1672574400.123456'])
  t.match(
    await call(
      'GET',
      '/datasets/d/tables/t/data?formatOptions.useInt64Timestamp=true&formatOptions.timestampOutputFormat=FLOAT64',
    ),
    { error: { message: 'Cannot specify both use_int64_timestamp and timestamp_output_format.' } },
  )
  t.match(await insert('t', { moment: '2023-01-01T12:00:00.1234567891234Z' }), { insertErrors: [{}] })
  t.match(await run('SELECT moment FROM d.t'), { error: { message: /picoseconds/ } })
})

t.test('a RANGE is sent as text or as its ends, and must end behind its start', async (t) => {
  const { create, insert, cells } = await open(t)
  const range = (name: string, type: string) => ({ name, type: 'RANGE', rangeElementType: { type } })
  t.match(await create('t', range('d', 'DATE'), range('m', 'DATETIME'), range('t', 'TIMESTAMP')), {
    schema: { fields: [{ rangeElementType: { type: 'DATE' } }, {}, {}] },
  })
  await insert('t', {
    d: '[2020-01-01, UNBOUNDED)',
    m: { start: '2020-01-01 00:00:00', end: '2020-01-02T00:00:00' },
    t: '[2020-10-01 12:00:00+08, 2020-12-31 12:00:00+08)',
  })
  t.same(await cells('t', '?formatOptions.useInt64Timestamp=true'), [
    [
      '[2020-01-01, UNBOUNDED)',
      '[2020-01-01T00:00:00, 2020-01-02T00:00:00)',
      '[1601524800000000, 1609387200000000)',
    ],
  ])
  t.match(await insert('t', { d: '[2020-01-02, 2020-01-02)' }), {
    insertErrors: [{ errors: [{ message: /less than range end/ }] }],
  })
  t.match(await insert('t', { d: '2020-01-02' }), { insertErrors: [{ errors: [{ message: /range/ }] }] })
  await insert('t', { m: '[2020-01-01T1:00, 2020-01-01T10:00:00.5)', d: '[NULL, 2020-01-03)' })
  t.same(
    await cells('t', '?selectedFields=m&startIndex=1'),
    [['[2020-01-01T01:00:00, 2020-01-01T10:00:00.500000)']],
    'each has one spelling, by which it is compared',
  )
})

t.test('SQL reads and writes columns of RANGE', async (t) => {
  const { run, cells } = await open(t)
  const done = await run(`
    CREATE TABLE d.r (stay RANGE<DATE> NOT NULL, shift RANGE<TIMESTAMP>, span RANGE<DATETIME>);
    INSERT d.r VALUES
      (RANGE(DATE '2024-02-01', NULL), RANGE<TIMESTAMP> '[2024-02-01 10:00:00+02, NULL)', NULL),
      (RANGE<DATE> '[2024-01-01, 2024-02-01)', NULL, RANGE<DATETIME> '[2024-01-01 10:00:00, NULL)');
    UPDATE d.r SET stay = RANGE(RANGE_START(stay), DATE '2024-03-01') WHERE RANGE_CONTAINS(stay, DATE '2024-02-10');
    CREATE TABLE d.copy AS SELECT * FROM d.r ORDER BY stay`)
  t.notOk(done.error, { done })
  const [one, other] = await cells('copy', '?formatOptions.useInt64Timestamp=true')
  t.same(one, ['[2024-01-01, 2024-02-01)', null, '[2024-01-01T10:00:00, UNBOUNDED)'])
  t.same(other, ['[2024-02-01, 2024-03-01)', '[1706774400000000, UNBOUNDED)', null])
  t.match(await run('SELECT [shift] AS list, STRUCT(shift AS one) AS s FROM d.r WHERE shift IS NOT NULL'), {
    schema: { fields: [{ type: 'RANGE', mode: 'REPEATED', rangeElementType: { type: 'TIMESTAMP' } }, {}] },
    rows: [
      { f: [{ v: [{ v: /^\[[\d.E]+, UNBOUNDED\)$/ }] }, { v: { f: [{ v: /^\[[\d.E]+, UNBOUNDED\)$/ }] } }] },
    ],
  })
  t.match(await run('CREATE TABLE d.l (r RANGE<TIME>)'), { error: { message: /RANGE/ } })
  t.match(
    await run('SELECT RANGE_START(@r) AS first', [
      {
        name: 'r',
        parameterType: { type: 'RANGE', rangeElementType: { type: 'DATE' } },
        parameterValue: { rangeValue: { start: { value: '2024-02-01' } } },
      },
    ]),
    { rows: [{ f: [{ v: '2024-02-01' }] }] },
  )
})

t.test('BYTES come through inside of RECORDs and arrays', async (t) => {
  const { bigquery, dataset } = await open(t)
  const inner = [
    { name: 'x', type: 'BYTES' },
    { name: 'y', type: 'BYTES', mode: 'REPEATED' },
  ]
  const [table] = await dataset.createTable('t', {
    schema: [
      { name: 'a', type: 'BYTES', mode: 'REPEATED' },
      { name: 'r', type: 'RECORD', fields: inner },
      { name: 'l', type: 'RECORD', mode: 'REPEATED', fields: inner },
    ],
  })
  const one = Buffer.from([0, 255, 10])
  const row = {
    a: [one, one],
    r: { x: one, y: [one] },
    l: [
      { x: null, y: [] },
      { x: one, y: [one] },
    ],
  }
  await table.insert([row, { a: [], r: null, l: [] }])
  const expected = [row, { a: [], r: null, l: [] }]
  t.same((await table.getRows())[0], expected)
  t.same((await bigquery.query('SELECT * FROM d.t ORDER BY ARRAY_LENGTH(a) DESC'))[0], expected)
})
