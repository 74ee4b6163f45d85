import { gzipSync } from 'node:zlib'
import { parquetMetadata } from 'hyparquet'
import t from 'tap'
import { parquetOf } from './parquet-files.ts'
import { readingOf, sourceOf } from './reading.ts'

t.test('each type is JSON text that has all of its digits', async (t) => {
  const bytes = await parquetOf(
    t,
    `SELECT 9223372036854775807::BIGINT AS long, 18446744073709551615::UBIGINT AS ulong, 4294967295::UINTEGER AS uint, -5::TINYINT AS tiny,
      123.450::DECIMAL(9,3) AS small, -0.05::DECIMAL(18,2) AS middle, 12345678901234567890123.456789012::DECIMAL(38,9) AS large,
      0.1::DOUBLE AS d, 'ä"\n' AS s, true AS b, NULL::INTEGER AS nothing,
      TIMESTAMP '2026-11-29 10:11:12.123456' AS micros, TIMESTAMPTZ '1969-12-31 23:59:59.999999+00' AS zoned,
      '2026-11-29 10:11:12.123456789'::TIMESTAMP_NS AS nanos, DATE '0001-01-01' AS first_day, TIME '23:59:59.000001' AS clock,
      'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::UUID AS uuid, '\\x00\\xFF'::BLOB AS bytes, '{"a": 1.50}'::JSON AS doc,
      INTERVAL '14 months 3 days 1.5 seconds' AS span, 'x'::ENUM('x', 'y') AS choice`,
  )
  const { values, found, reads } = await readingOf(sourceOf(bytes))
  t.equal(found.format, 'parquet')
  t.equal(
    values[0],
    `{"long":9223372036854775807,"ulong":18446744073709551615,"uint":4294967295,"tiny":-5,"small":123.450,"middle":-0.05,` +
      `"large":12345678901234567890123.456789012,"d":0.1,"s":"ä\\"\\n","b":true,"nothing":null,"micros":"2026-11-29T10:11:12.123456Z",` +
      `"zoned":"1969-12-31T23:59:59.999999Z","nanos":"2026-11-29T10:11:12.123456789Z","first_day":"0001-01-01","clock":"23:59:59.000001",` +
      `"uuid":"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11","bytes":"AP8=","doc":{"a": 1.50},"span":"P14M3DT1.500S","choice":"x"}`,
  )
  t.same(reads[0]!.place, { uri: 'test:source', rowGroup: 0, row: 0 })
})

t.test('differences of numbers without a sign have all of their bits', async (t) => {
  const query = `SELECT 3000000000::UINTEGER - n::UINTEGER * 700000000 AS u, n::INTEGER * 2147483647 AS i FROM range(2) AS r(n)`
  const bytes = await parquetOf(t, query, ', PARQUET_VERSION V2, DICTIONARY_SIZE_LIMIT 1')
  t.same((await readingOf(sourceOf(bytes))).values, [
    '{"u":3000000000,"i":0}',
    '{"u":2300000000,"i":2147483647}',
  ])
})

t.test('lists, structs and maps are arrays and objects', async (t) => {
  const query = `SELECT n, [n, NULL, 9007199254740993] AS list, {'a': n, 'b': [{'c': 'x'}]} AS struct, MAP {'k"': n::BIGINT, 'l': NULL} AS map,
    CASE WHEN n = 1 THEN NULL ELSE [] END AS hollow, [[1, 2], []] AS nested, [{'at': TIMESTAMP '2026-01-01', 'price': 1.50::DECIMAL(9,2)}] AS lines
    FROM range(3) AS r(n)`
  const { values } = await readingOf(sourceOf(await parquetOf(t, query)))
  t.equal(
    values[1],
    `{"n":1,"list":[1,null,9007199254740993],"struct":{"a":1,"b":[{"c":"x"}]},"map":{"k\\"":1,"l":null},"hollow":null,` +
      `"nested":[[1,2],[]],"lines":[{"at":"2026-01-01T00:00:00.000000Z","price":1.50}]}`,
  )
  t.match(values[2], '"hollow":[]')
})

const MANY = `SELECT n, 'name ' || (n % 1000) AS name, [n, n + 1] AS list FROM range(30000) AS r(n)`

t.test(
  'row groups are shared out, and each row is read once, also where a group is read by windows',
  async (t) => {
    const small = await parquetOf(t, MANY, ', ROW_GROUP_SIZE 4096')
    const one = await parquetOf(t, MANY, ', ROW_GROUP_SIZE 100000')
    const shared = await readingOf(sourceOf(small), { bytes: 50_000 })
    t.ok(shared.portions.length > 2)
    const whole = await readingOf(sourceOf(one))
    t.equal(whole.portions.length, 1)
    const expected = Array.from(
      { length: 30_000 },
      (_, n) => `{"n":${n},"name":"name ${n % 1000}","list":[${n},${n + 1}]}`,
    )
    t.strictSame(shared.values, expected)
    t.strictSame(whole.values, expected)
    t.same(shared.reads[4096]!.place, { uri: 'test:source', rowGroup: 1, row: 0 })
  },
)

t.test('thousands of columns are read, some at a time', async (t) => {
  const columns = Array.from({ length: 3000 }, (_, at) => `${at} AS c${at}`)
  const object = sourceOf(await parquetOf(t, `SELECT ${columns.join(', ')}`))
  let open = 0
  let most = 0
  const counted = {
    ...object,
    open: (range: Parameters<typeof object.open>[0]) => {
      most = Math.max(most, ++open)
      return object.open(range).once('close', () => open--)
    },
  }
  const { values } = await readingOf(counted)
  t.equal(Object.keys(JSON.parse(String(values[0])) as object).length, 3000)
  t.ok(most < 50, `${most} were open at a time`)
})

t.test('each compression is read, and a file that is itself packed', async (t) => {
  for (const codec of ['uncompressed', 'snappy', 'gzip', 'zstd', 'lz4_raw', 'brotli']) {
    const bytes = await parquetOf(t, 'SELECT n FROM range(1000) AS r(n)', `, COMPRESSION ${codec}`)
    t.equal((await readingOf(sourceOf(bytes))).values.at(-1), '{"n":999}', codec)
    if (codec === 'snappy') t.equal((await readingOf(sourceOf(gzipSync(bytes)))).values.at(-1), '{"n":999}')
  }
})

t.test('a file that was not written to its end has no footer, and says so', async (t) => {
  const bytes = await parquetOf(t, MANY)
  for (const length of [4, 11, 5000, bytes.length - 1]) {
    const object = sourceOf(bytes.subarray(0, length))
    await t.rejects(readingOf(object), {
      rule: 'truncated',
      message: /its Parquet has no footer: it was not written to its end/,
    })
  }
})

t.test('a damaged column says which and where, behind the row groups before', async (t) => {
  const bytes = await parquetOf(t, MANY, ', ROW_GROUP_SIZE 10240')
  const { row_groups: groups } = parquetMetadata(Uint8Array.from(bytes).buffer)
  const page = Number(groups[1]!.columns[1]!.meta_data!.data_page_offset)
  bytes.fill(0xff, page, page + 30)
  const { values, error } = await readingOf(sourceOf(bytes))
  t.match(error, { rule: 'damaged', what: /^column name of its Parquet cannot be read: / })
  t.same(error!.where, { uri: 'test:source', rowGroup: 1, row: 0 })
  t.equal(values.length, 10_240)
  bytes.fill(0xff, bytes.length - 200, bytes.length - 100)
  t.match(await readingOf(sourceOf(bytes)).catch((caught: unknown) => caught), { rule: 'damaged' })
})

t.test('a file of which two columns have the same name is refused: one would hide the other', async (t) => {
  const bytes = await parquetOf(t, `SELECT 1 AS n, {'name1': 1, 'name2': 2} AS s`)
  const same = Buffer.from(bytes.toString('latin1').replaceAll('name2', 'name1'), 'latin1')
  t.match((await readingOf(sourceOf(same))).error, {
    rule: 'damaged',
    what: 'two columns have the name s.name1',
  })
})

t.test('a row with a value that JSON does not have is broken, and names it', async (t) => {
  const bytes = await parquetOf(
    t,
    `SELECT n, CASE WHEN n = 1 THEN 'NaN'::DOUBLE ELSE n END AS d, {'x': n / 0.5} AS s FROM range(3) AS r(n)`,
  )
  const { values, broken } = await readingOf(sourceOf(bytes))
  t.same(values, ['{"n":0,"d":0,"s":{"x":0}}', '{"n":2,"d":2,"s":{"x":4}}'])
  t.match(broken, [
    { rule: 'value', reason: '/d: NaN is a number that JSON does not have', place: { rowGroup: 0, row: 1 } },
  ])
  t.match(JSON.parse(Buffer.from(broken[0]!.bytes).toString()), { n: '1', d: 'NaN' })
})
