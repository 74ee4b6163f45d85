import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { datetimeOfPacked, decimalOfBytes, timeOfPacked } from '../../src/storage-write/packed-values.ts'
import { openClient } from '../open-bigquery.ts'
import { writerClient } from '../writer-client.ts'

interface Civil {
  readonly day: Date
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly micros: number
}

const clock = {
  hour: fc.nat(23),
  minute: fc.nat(59),
  second: fc.nat(59),
  micros: fc.oneof(fc.nat(999_999), fc.constant(0)),
}
const civil = fc.record({
  day: fc.date({
    min: new Date('0001-01-01T00:00:00Z'),
    max: new Date('9999-12-31T00:00:00Z'),
    noInvalidDate: true,
  }),
  ...clock,
})

/** As Google's CivilTimeEncoder packs them: each part beside the other one, the microseconds in the lowest 20 bits. */
const packedTime = ({ hour, minute, second, micros }: Civil): bigint =>
  (BigInt((hour * 64 + minute) * 64 + second) << 20n) | BigInt(micros)
function packedDatetime(value: Civil): bigint {
  const [year, month, day] = value.day.toISOString().slice(0, 10).split('-').map(Number) as [
    number,
    number,
    number,
  ]
  return (BigInt((year * 16 + month) * 32 + day) << 37n) | packedTime(value)
}
const shown = ({ hour, minute, second, micros }: Civil): string =>
  `${[hour, minute, second].map((part) => String(part).padStart(2, '0')).join(':')}.${String(micros).padStart(6, '0')}`

t.test('a packed TIME or DATETIME is the one that was packed', (t) => {
  fc.assert(
    fc.property(civil, (value) => {
      assert.equal(JSON.parse(timeOfPacked(packedTime(value), 'x')), shown(value))
      const date = value.day.toISOString().slice(0, 10)
      assert.equal(JSON.parse(datetimeOfPacked(packedDatetime(value), 'x')), `${date}T${shown(value)}`)
    }),
  )
  // 12:30:00.000045 and 1970-01-01 00:00:00, by hand
  t.equal(timeOfPacked(0xc_7800_002dn, 'x'), '"12:30:00.000045"')
  t.equal(datetimeOfPacked((1970n << 46n) | (1n << 42n) | (1n << 37n), 'x'), '"1970-01-01T00:00:00.000000"')
  t.end()
})

t.test('what packs no TIME or DATETIME is refused with its number', (t) => {
  for (const packed of [-1n, 24n << 32n, 60n << 26n, 60n << 20n, 1_000_000n, 1n << 37n])
    t.throws(() => timeOfPacked(packed, 'x'), { location: 'x', message: new RegExp(String(packed)) })
  const day = (year: bigint, month: bigint, of: bigint) => (year << 46n) | (month << 42n) | (of << 37n)
  for (const packed of [0n, -1n, day(2026n, 2n, 30n), day(2026n, 13n, 1n), day(10_000n, 1n, 1n)])
    t.throws(() => datetimeOfPacked(packed, 'x'), { location: 'x', message: new RegExp(String(packed)) })
  t.end()
})

t.test('a decimal of bytes is the number that its bytes hold', (t) => {
  const bytesOf = (number: bigint): Buffer => {
    let length = 1
    while (BigInt.asIntN(length * 8, number) !== number) length++
    const hex = BigInt.asUintN(length * 8, number).toString(16)
    return Buffer.from(Buffer.from(hex.padStart(length * 2, '0'), 'hex').toReversed())
  }
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n }),
      fc.constantFrom(9, 38),
      (number, decimals) => {
        const text = decimalOfBytes(bytesOf(number).toString('base64'), decimals, 'x')
        const [whole = '', fraction = ''] = text.split('.')
        assert.equal(fraction.length, decimals)
        assert.equal(BigInt(whole + fraction), number)
        assert.equal(text.startsWith('-'), number < 0n)
      },
    ),
  )
  t.equal(decimalOfBytes(Buffer.from('80b2e60e', 'hex').toString('base64'), 9, 'x'), '0.250000000')
  t.throws(() => decimalOfBytes('', 9, 'x'), /0 bytes/)
  t.end()
})

const COLUMNS = [
  { name: 'n', type: 'NUMERIC' },
  { name: 'p', type: 'NUMERIC', precision: '4', scale: '1' },
  { name: 'b', type: 'BIGNUMERIC' },
  { name: 'd', type: 'DATETIME' },
  { name: 't', type: 'TIME', mode: 'REPEATED' },
]

t.test('values as Java’s JsonStreamWriter packs them are those of their columns', async (t) => {
  const { cloud, dataset, bigquery } = await openClient(t)
  await dataset.createTable('t', { schema: { fields: COLUMNS } })
  const client = writerClient(cloud.storageWritePort)
  t.teardown(async () => client.close())
  const call = client.getClient().appendRows()
  const [BYTES, INT64] = [12, 3]
  const kinds = [BYTES, BYTES, BYTES, INT64, INT64]
  const field = kinds.map((type, index) => ({
    name: COLUMNS[index]!.name,
    number: index + 1,
    type,
    label: COLUMNS[index]!.mode ? 3 : 1,
  }))
  const varint = (number: bigint): Buffer => {
    const bytes: number[] = []
    for (let rest = number; ; rest >>= 7n) {
      bytes.push(Number(rest & 127n) | (rest > 127n ? 128 : 0))
      if (rest <= 127n) return Buffer.from(bytes)
    }
  }
  const bytes = (place: number, value: Buffer) =>
    Buffer.concat([Buffer.of(place * 8 + 2, value.length), value])
  const number = (place: number, value: bigint) => Buffer.concat([Buffer.of(place * 8), varint(value)])
  const time = { day: new Date('2026-03-04T00:00:00Z'), hour: 5, minute: 6, second: 7, micros: 8 }
  const good = Buffer.concat([
    bytes(1, Buffer.from('80b2e60e', 'hex')),
    bytes(2, Buffer.from('80b2e60e', 'hex')),
    bytes(3, Buffer.from('ff', 'hex')),
    number(4, packedDatetime(time)),
    number(5, packedTime(time)),
    number(5, 0n),
  ])
  const bad = Buffer.concat([good, number(5, 24n << 32n)])
  const answers: { rowErrors?: { index: string; message: string }[] }[] = []
  call.on('data', (answer: (typeof answers)[number]) => answers.push(answer))
  const done = new Promise((resolve, reject) => call.on('end', resolve).on('error', reject))
  for (const serializedRows of [[good], [good, bad]])
    call.write({
      writeStream: 'projects/p/datasets/d/tables/t/streams/_default',
      protoRows: { writerSchema: { protoDescriptor: { name: 'Row', field } }, rows: { serializedRows } },
    })
  call.end()
  await done
  t.match(answers[1]?.rowErrors, [{ index: '1', message: /t\[2\].*103079215104|103079215104/ }])
  const [rows] = await bigquery.query(
    'SELECT CAST(n AS STRING) n, CAST(p AS STRING) p, CAST(b AS STRING) b, CAST(d AS STRING) d, ARRAY(SELECT CAST(x AS STRING) FROM UNNEST(t) AS x) t FROM d.t',
  )
  t.same(rows, [
    {
      n: '0.25',
      p: '0.3',
      b: '-0.00000000000000000000000000000000000001',
      d: '2026-03-04 05:06:07.000008',
      t: ['05:06:07.000008', '00:00:00'],
    },
  ])
})
