import { gzipSync } from 'node:zlib'
import t from 'tap'
import { avroOf } from './avro-files.ts'
import { readingOf, sourceOf } from './reading.ts'

const decimal = { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 9 }

t.test('each type is JSON text that has all of its digits', async (t) => {
  const schema = {
    type: 'record',
    name: 'Row',
    namespace: 'shop',
    fields: [
      { name: 'long', type: 'long' },
      { name: 'maybe', type: ['null', 'long'] },
      { name: 'price', type: ['null', decimal] },
      {
        name: 'fixed',
        type: { type: 'fixed', name: 'Money', size: 4, logicalType: 'decimal', precision: 9, scale: 2 },
      },
      { name: 'again', type: 'Money' },
      { name: 'day', type: { type: 'int', logicalType: 'date' } },
      { name: 'clock', type: { type: 'long', logicalType: 'time-micros' } },
      { name: 'at', type: { type: 'long', logicalType: 'timestamp-micros' } },
      { name: 'millis', type: { type: 'long', logicalType: 'timestamp-millis' } },
      { name: 'bytes', type: 'bytes' },
      { name: 'choice', type: { type: 'enum', name: 'Choice', symbols: ['A', 'B'] } },
      { name: 'list', type: { type: 'array', items: ['null', 'string'] } },
      { name: 'map', type: { type: 'map', values: 'double' } },
      {
        name: 'lists',
        type: {
          type: 'array',
          items: [
            { type: 'array', items: 'int' },
            { type: 'map', values: 'int' },
          ],
        },
      },
      { name: 'next', type: ['null', 'Row'] },
    ],
  }
  const record = {
    long: 9223372036854775807n,
    maybe: { long: -9007199254740993n },
    price: { bytes: Buffer.from('075bcd15', 'hex') },
    fixed: Buffer.from('ffffffce', 'hex'),
    again: Buffer.from('00000001', 'hex'),
    day: -719162,
    clock: 86_399_000_001n,
    at: -1n,
    millis: 1_764_410_294_000n,
    bytes: Buffer.from([0, 255]),
    choice: 'B',
    list: [{ string: 'ä"' }, null],
    map: { 'k"': 0.1 },
    lists: [{ array: [1] }, { map: { k: 2 } }],
    next: null,
  }
  const { found, values, reads } = await readingOf(
    sourceOf(avroOf(schema, [record, { ...record, next: { 'shop.Row': record } }]), 11),
  )
  t.equal(found.format, 'avro')
  const text =
    `{"long":9223372036854775807,"maybe":-9007199254740993,"price":0.123456789,"fixed":-0.50,"again":0.01,"day":"0001-01-01",` +
    `"clock":"23:59:59.000001","at":"1969-12-31T23:59:59.999999Z","millis":"2025-11-29T09:58:14.000Z","bytes":"AP8=","choice":"B",` +
    `"list":["ä\\"",null],"map":{"k\\"":0.1},"lists":[[1],{"k":2}],"next":null}`
  t.equal(values[0], text)
  t.equal(values[1], text.replace('"next":null', `"next":${text}`))
  t.match(reads[1]!.place, { block: reads[0]!.place.block, row: 1 })
})

const ROWS = {
  type: 'record',
  name: 'Row',
  fields: [
    { name: 'n', type: 'long' },
    { name: 's', type: 'string' },
  ],
}
const rows = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ n: BigInt(n), s: `name ${n} ${'x'.repeat(n % 50)}` }))
const textOf = ({ n, s }: { n: bigint; s: string }) => `{"n":${n},"s":"${s}"}`

t.test(
  'however blocks are shared out by bytes, and in whatever chunks they come, each record is read once',
  async (t) => {
    const expected = rows(2000).map(textOf)
    for (const codec of ['null', 'deflate', 'zstandard'] as const) {
      const bytes = avroOf(ROWS, rows(2000), { codec })
      for (const [share, size] of [
        [2000, 500],
        [9000, 4096],
        [30_000, 113],
        [1e9, 1e6],
      ] as const) {
        const { values, portions } = await readingOf(sourceOf(bytes, size), { bytes: share })
        t.strictSame(values, expected, `${codec}: ${portions.length} portions, chunks of ${size}`)
      }
      t.strictSame((await readingOf(sourceOf(gzipSync(bytes)))).values, expected, 'in gzip')
    }
  },
)

t.test(
  'a file that ends in the middle of a block, or of its header, says so behind the blocks before',
  async (t) => {
    const bytes = avroOf(ROWS, rows(2000), {})
    const { values, error } = await readingOf(sourceOf(bytes.subarray(0, bytes.length - 100)))
    t.match(error, { rule: 'truncated', what: 'its Avro ends in the middle of a block' })
    t.ok(values.length > 1900 && values.length < 2000)
    t.strictSame(values, rows(values.length).map(textOf))
    t.match(await readingOf(sourceOf(bytes.subarray(0, 60))).catch((caught: unknown) => caught), {
      rule: 'truncated',
      what: 'its Avro ends within the header',
    })
  },
)

t.test('a damaged block says where it begins', async (t) => {
  const bytes = avroOf(ROWS, rows(2000), { codec: 'deflate' })
  bytes.fill(0x55, bytes.length >> 1, (bytes.length >> 1) + 60)
  const { values, error } = await readingOf(sourceOf(bytes))
  t.match(error, { rule: 'damaged', where: { block: Number } })
  t.ok(values.length > 500 && values.length < 1500)
})

t.test('a block of snappy with another checksum, or with bytes behind its records, is damaged', async (t) => {
  const packed = avroOf(ROWS, rows(3), { codec: 'snappy' })
  t.same((await readingOf(sourceOf(packed))).values, rows(3).map(textOf))
  const other = Buffer.from(packed.toString('latin1').replace('name 1', 'name 7'), 'latin1')
  t.match((await readingOf(sourceOf(other))).error, {
    rule: 'damaged',
    what: /checksum/,
    where: { block: Number },
  })
  const plain = avroOf(ROWS, rows(3))
  // of three records the block says two
  plain[plain.indexOf('name 0') - 4] = 4
  t.match((await readingOf(sourceOf(plain))).error, { rule: 'damaged', what: /behind its 2 records/ })
})

t.test('a codec that cannot be read is named', async (t) => {
  const bytes = avroOf(ROWS, rows(2), { codec: 'zstandard' })
  const other = Buffer.from(bytes.toString('latin1').replace('zstandard', 'zstandarx'), 'latin1')
  t.match((await readingOf(sourceOf(other))).error, {
    rule: 'unknown',
    what: 'its Avro is packed with zstandarx: null, deflate, zstandard, snappy can be read',
  })
})

t.test('a record with a value that JSON does not have is broken, and names it', async (t) => {
  const schema = {
    type: 'record',
    name: 'R',
    fields: [
      { name: 'a', type: { type: 'array', items: 'double' } },
      { name: 'b', type: 'bytes' },
    ],
  }
  const b = Buffer.from([0, 255])
  const { values, broken } = await readingOf(
    sourceOf(
      avroOf(schema, [
        { a: [1], b },
        { a: [2, Number.NaN], b },
        { a: [3], b },
      ]),
    ),
  )
  t.same(values, ['{"a":[1],"b":"AP8="}', '{"a":[3],"b":"AP8="}'])
  t.equal(Buffer.from(broken[0]!.bytes).toString(), '{"a":[2,"NaN"],"b":"AP8="}', 'bytes as in a row')
  t.match(broken, [
    { rule: 'value', reason: '/a/1: NaN is a number that JSON does not have', place: { row: 1 } },
  ])
})

t.test(
  'a text that is no UTF-8 breaks its record, and one that has the sign for that as a character does not',
  async (t) => {
    const schema = (type: unknown) => ({
      type: 'record',
      name: 'R',
      fields: [
        { name: 'a', type: { type: 'map', values: type } },
        { name: 'b', type },
      ],
    })
    const texts = [Buffer.from('good \uFFFD'), Buffer.from('bad \xff', 'latin1'), Buffer.from('good')]
    const records = texts.map((text) => ({ a: { k: text }, b: Buffer.from('b') }))
    // bytes and texts are written alike
    const bytes = avroOf(schema('bytes'), records, { header: schema('string') })
    const { values, broken } = await readingOf(sourceOf(bytes))
    t.same(values, ['{"a":{"k":"good \uFFFD"},"b":"b"}', '{"a":{"k":"good"},"b":"b"}'])
    t.match(broken, [{ rule: 'encoding', reason: '/a/k: its bytes are no UTF-8', place: { row: 1 } }])
  },
)

t.test('a record with a name that the reader cannot hold is broken, and not read without it', async (t) => {
  const schema = {
    type: 'record',
    name: 'R',
    fields: [{ name: 'm', type: { type: 'map', values: 'string' } }],
  }
  const written = avroOf(schema, [{ m: { PROTO____: 'a' } }, { m: { k: '__proto__' } }])
  const bytes = Buffer.from(written.toString('latin1').replace('PROTO____', '__proto__'), 'latin1')
  const { values, broken } = await readingOf(sourceOf(bytes))
  t.same(values, ['{"m":{"k":"__proto__"}}'])
  t.match(broken, [
    { rule: 'value', reason: 'a field has the name __proto__, which cannot be read', place: { row: 0 } },
  ])
  // in a schema it is said once: each of its records would be without the field
  const field = (name: string) => ({ type: 'record', name: 'S', fields: [{ name, type: 'string' }] })
  const other = avroOf(field('a'), [{ a: '__proto__' }], { header: field('__proto__') })
  const { error } = await readingOf(sourceOf(other))
  t.match(error, { rule: 'damaged', what: /the record S has a field __proto__, which cannot be read/ })
})

const WRONG = [
  { time: 253_402_300_800_000_000n, attributes: '{}', reason: /^\/publish_time: .*the years 1 to 9999/ },
  { time: 0n, attributes: '{"a":', reason: /^\/attributes: it is no JSON: / },
  { time: 0n, attributes: '{"a":1}', reason: '/attributes: it is no JSON object of texts' },
  { time: 0n, attributes: '["a"]', reason: '/attributes: it is no JSON object of texts' },
]

t.test('files of the archive and of a subscription to Cloud Storage hold messages', async (t) => {
  const fields = (attributes: unknown, time: unknown, data: unknown) => [
    { name: 'message_id', type: 'string' },
    { name: 'publish_time', type: time },
    { name: 'data', type: data },
    { name: 'attributes', type: attributes },
  ]
  const micros = { type: 'long', logicalType: 'timestamp-micros' }
  const archived = avroOf(
    { type: 'record', name: 'Root', fields: fields(['null', 'string'], ['null', micros], ['null', 'bytes']) },
    [
      {
        message_id: '7',
        publish_time: { long: 1_764_410_294_000_001n },
        data: { bytes: Buffer.from('{"a":1}') },
        attributes: { string: '{"string":"b"}' },
      },
      { message_id: '8', publish_time: null, data: null, attributes: { string: 'null' } },
      ...WRONG.map(({ time, attributes }) => ({
        message_id: '9',
        publish_time: { long: time },
        data: { bytes: Buffer.from('{"a":3}') },
        attributes: { string: attributes },
      })),
    ],
  )
  const subscribed = avroOf(
    {
      type: 'record',
      name: 'PubsubMessage',
      fields: fields({ type: 'map', values: 'string' }, 'long', 'bytes'),
    },
    [
      {
        message_id: '9',
        publish_time: 1_764_410_294_000_001n,
        data: Buffer.from('{"a":2}'),
        attributes: { map: 'x' },
      },
    ],
  )
  const publishTime = '2025-11-29T09:58:14.000001Z'
  const one = await readingOf(sourceOf(archived))
  t.same(one.values, ['{"a":1}', ''])
  t.match(one.reads, [
    { message: { messageId: '7', publishTime, attributes: { string: 'b' } } },
    { message: { messageId: '8', publishTime: '', attributes: {} } },
  ])
  t.match(
    one.broken,
    WRONG.map(({ reason }, index) => ({ rule: 'value', reason, place: { row: index + 2 } })),
    'one that cannot be told stops no others',
  )
  t.equal(String(one.broken[0]!.bytes), '{"a":3}')
  t.match((await readingOf(sourceOf(subscribed))).reads, [
    { message: { messageId: '9', publishTime, attributes: { map: 'x' } } },
  ])
})

t.test('a schema whose record has no name is refused by that', async (t) => {
  const nameless = { type: 'record', fields: [{ name: 'a', type: { type: 'record', fields: [] } }] }
  const { error } = await readingOf(sourceOf(avroOf(nameless, [])))
  t.match(error, { rule: 'damaged', what: /a type of kind "record" has no name, and Avro wants one/ })
})
