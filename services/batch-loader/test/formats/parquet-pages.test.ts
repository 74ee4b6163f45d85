import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { parquetMetadata } from 'hyparquet'
import { leafWriter } from '../../src/formats/parquet-leaf.ts'
import { many } from '../../../../test/long-tests.ts'
import { readingOf, sourceOf } from './reading.ts'

// Files of many small pages, which DuckDB does not write: written-by-pyarrow/write.py makes them.
const fileOf = (name: string) => readFileSync(new URL(`written-by-pyarrow/${name}.parquet`, import.meta.url))

/** Row n of them, as write.py has it. */
function rowOf(n: number): string {
  const listOf = <T>(length: number, item: (at: number) => T) => Array.from({ length }, (_, at) => item(at))
  const maybe = <T>(isThere: boolean, value: T) => (isThere ? value : null)
  const lists = listOf(n % 6, (inner) =>
    maybe(
      inner % 5 !== 4,
      listOf(inner % 4, (value) => maybe(value % 3 !== 2, value * 2 ** 52)),
    ),
  )
  return JSON.stringify({
    n,
    name: maybe(n % 7 !== 3, `name ${n % 10}`),
    lists: maybe(n % 11 !== 5, lists),
    lines: listOf(n % 4, (line) => ({ sku: `s${line}`, tags: listOf(line % 3, () => 't') })),
    deep: maybe(n % 13 !== 6, { maybe: maybe(n % 2 === 0, { x: n / 4 }) }),
    counts: Object.fromEntries(listOf(n % 5, (key) => [`k${key}`, maybe(key !== 2, key)])),
  })
}
const ROWS = Array.from({ length: 500 }, (_, n) => rowOf(n))

for (const [name, what] of [
  ['pages-1', 'pages of the first kind, in which a row may end in the next one'],
  ['pages-2', 'pages of the second kind'],
  ['deltas', 'encodings of differences'],
] as const)
  t.test(`rows of lists, maps and groups are put together from ${what}`, async (t) => {
    const bytes = fileOf(name)
    for (const size of [1 << 16, 97]) {
      const { values, reads, error } = await readingOf(sourceOf(bytes, size))
      t.equal(error, undefined)
      t.strictSame(values, ROWS)
      t.same(reads[300]!.place, { uri: 'test:source', rowGroup: 1, row: 0 })
    }
    t.strictSame((await readingOf(sourceOf(gzipSync(bytes)))).values, ROWS, 'in gzip')
  })

t.test('types that DuckDB does not have keep all of their digits', async (t) => {
  t.same((await readingOf(sourceOf(fileOf('types')))).values, [
    '{"u8":255,"u64":18446744073709551615,"half":1.5,' +
      '"large":12345678901234567890123456789012345678.90123456789012345678901234567890123456,' +
      '"nanos":"2025-11-29T09:58:14.000000001Z","zoned":"2026-11-29T10:11:12.123456Z","millis":"2025-11-29T09:58:14.001Z",' +
      '"clock":"00:00:00.000000001","tenth":0.1,"fixed":"AP8=","wide":"xxx","truth":true,"word":"b","nothing":null,"none":[]}',
  ])
  t.same((await readingOf(sourceOf(fileOf('int96')))).values, [
    '{"at":"2026-11-29T10:11:12.123456Z"}',
    '{"at":"1969-12-31T23:59:59.999999Z"}',
  ])
})

t.test(
  'a column without values is read, though its pages and its dictionary are packed as LZ4',
  async (t) => {
    const { values, error } = await readingOf(sourceOf(fileOf('none-lz4')))
    t.equal(error, undefined)
    t.same(values, ['{"n":1,"name":null,"part":null}', '{"n":2,"name":null,"part":null}'])
  },
)

t.test('levels in the encoding of the first writers are refused, and not read as others', async (t) => {
  const bytes = fileOf('int96')
  // of the header of its page: values of a dictionary, definition levels and repetition levels as runs
  const header = bytes.indexOf(Buffer.from([0x15, 0x10, 0x15, 0x06, 0x15, 0x06]))
  bytes[header + 3] = 0x08
  const { values, error } = await readingOf(sourceOf(bytes))
  t.same(values, [])
  t.match(error, {
    rule: 'damaged',
    what: 'column at of its Parquet cannot be read: the levels of a page have the encoding BIT_PACKED',
  })
})

t.test('a decimal has the digits that its logical type says where nothing else does', (t) => {
  const logical = { type: 'DECIMAL', scale: 2, precision: 9 } as const
  t.equal(leafWriter({ name: 'price', type: 'INT32', logical_type: logical })(1234), '12.34')
  t.equal(leafWriter({ name: 'price', type: 'INT32', converted_type: 'DECIMAL' })(1234), '1234')
  t.end()
})

t.test(
  'a page whose checksum is another one is told by its column and the row that it begins with',
  async (t) => {
    const bytes = fileOf('pages-1')
    const { row_groups: groups } = parquetMetadata(Uint8Array.from(bytes).buffer)
    const { data_page_offset: first, total_compressed_size: size } = groups[1]!.columns[0]!.meta_data!
    // the last byte of the column's last page is one of its values
    const last = Number(first) + Number(size) - 1
    bytes[last] = bytes[last]! ^ 1
    const { values, error } = await readingOf(sourceOf(bytes))
    t.match(error, {
      rule: 'damaged',
      what: 'column n of its Parquet cannot be read: the checksum of a page is another one than that of its bytes',
    })
    t.ok(values.length > 300 && values.length < 500)
    t.strictSame(values, ROWS.slice(0, values.length))
    t.same(error!.where, { uri: 'test:source', rowGroup: 1, row: values.length - 300 })
  },
)

t.test('whatever byte of a file is another one, it is read or refused, and not for ever', async (t) => {
  const bytes = fileOf('pages-2')
  const step = many(211, 997)
  for (let at = 4; at < bytes.length; at += step) {
    const damaged = Buffer.from(bytes)
    damaged[at] = damaged[at]! ^ 0xff
    try {
      await readingOf(sourceOf(damaged))
    } catch (error) {
      t.match(error, { rule: /^(?:damaged|truncated|unknown)$/ }, `byte ${at}`)
    }
  }
})
