import fc from 'fast-check'
import t from 'tap'
import type { Field } from '../../../src/bigquery/values/fields.ts'
import { LineScan } from '../../../src/bigquery/files/plain-lines.ts'
import { compilePlain } from '../../../src/bigquery/files/plain-rows.ts'

const TYPES = 'STRING INTEGER FLOAT BOOLEAN NUMERIC TIMESTAMP DATE JSON BYTES'.split(' ')
const SCALARS: readonly Field[] = TYPES.map((type) => ({ name: type.toLowerCase(), type }))
const FIELDS: readonly Field[] = [
  ...SCALARS,
  { name: 'short', type: 'STRING', maxLength: '2' },
  { name: 'größe', type: 'STRING' },
  ...SCALARS.map(({ type }): Field => ({ name: `all_${type.toLowerCase()}`, type, mode: 'REPEATED' })),
  {
    name: 'items',
    type: 'RECORD',
    mode: 'REPEATED',
    fields: [{ name: 'id', type: 'INTEGER', mode: 'REQUIRED' }, ...SCALARS],
  },
]

/** Texts of values, as files have them: also such as no program that knows JSON writes. */
const ODD =
  String.raw`null|true|false|nul|""|"a"|"a\n\"\\b"|"\/"|"\u0041"|"\ud83d\ude00"|"${'\t'}"|"ä€😀"|{}|[]|[null]|{"a":1}|"
0|-0|007|1.0|1.50|1e3|0.000001|0.0000001|-0.5|.5|5.|-|+1| 1|1 |999999999999999|9007199254740993|0.1234567890123456789
"9223372036854775807"|"9223372036854775808"|"-9223372036854775808"|"007"|"-0"|"1e3"|"1."
"0001-01-01"|"0000-01-01"|"2026-02-28"|"2026-02-29"|"2024-02-29"|"2026-13-01"|"2026-1-01"|"2026-04-31"
"2026-01-01T00:00:00Z"|"2026-01-01T24:00:00Z"|"2026-01-01T00:00:00.1234567Z"|"2026-01-01T00:00:00."
"2026-01-01T00:00:00.123456Z"|"2026-01-01 00:00:00Z"|"2026-01-01T00:00:60Z"`.split(/[|\n]/)
const text = fc.oneof(
  fc.constantFrom(...ODD),
  fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }).map((each) => `"${each}"`),
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((each) => JSON.stringify(each)),
  fc.integer({ min: -100_000, max: 100_000 }).map((each) => String(each / 100)),
  fc.string().map((each) => JSON.stringify(each)),
  fc.date({ noInvalidDate: true }).map((each) => JSON.stringify(each)),
)
const members = (names: readonly string[], value: fc.Arbitrary<string>) =>
  fc
    .array(
      fc.tuple(fc.constantFrom(...names), value).map(([name, each]) => `${JSON.stringify(name)}:${each}`),
      { maxLength: 3 },
    )
    .map((each) => `{${each.join(',')}}`)
const list = (value: fc.Arbitrary<string>) =>
  fc.array(value, { maxLength: 3 }).map((each) => `[${each.join(',')}]`)
const NAMES = FIELDS.map(({ name }) => name)
const row = members(
  [...NAMES, 'none', 'STRING'],
  fc.oneof(
    { weight: 4, arbitrary: text },
    list(text),
    list(members(['id', ...SCALARS.map(({ name }) => name)], text)),
  ),
)
/** One byte is another, is not there, or is there twice. */
const changed = fc
  .tuple(row, fc.nat(), fc.constantFrom('', ' ', '"', '\\', ',', '}', ']', ':', '0', 'x'), fc.nat(1))
  .map(([line, at, other, more]) => {
    const index = at % line.length
    // half a character has no bytes
    return (line.slice(0, index) + other + line.slice(index + more)).toWellFormed()
  })

t.test('a line that is plain is a plain row, written as JSON.stringify writes it', (t) => {
  const isPlain = compilePlain(FIELDS)!
  const scan = new LineScan(FIELDS)
  let plain = 0
  let others = 0
  fc.assert(
    fc.property(fc.oneof(row, changed), (line) => {
      const found = scan.take(Buffer.from(`${line}\n`), 0, 10, 1 << 20)
      if (!found) {
        others++
        return
      }
      plain++
      const value = JSON.parse(line) as Readonly<Record<string, unknown>>
      if (found.bytes.toString() !== line || JSON.stringify(value) !== line)
        throw new Error(`it would be ${JSON.stringify(value)}`)
      const names = new Set<string>()
      if (!isPlain(value, names)) throw new Error('it is no plain row')
      if (found.names.length !== names.size || !found.names.every((name) => names.has(name)))
        throw new Error(`it has the columns ${[...names].join()}, not ${found.names.join()}`)
    }),
    { numRuns: 10_000 },
  )
  t.ok(plain > 500 && others > 500, `${plain} are plain, ${others} are not`)
  t.end()
})

t.test('plain lines are taken together, up to one that is not', (t) => {
  const scan = new LineScan([
    { name: 'a', type: 'STRING' },
    { name: 'b', type: 'INTEGER' },
    { name: 'c', type: 'FLOAT' },
  ])
  const bytes = Buffer.from(
    '{"a":"1"}\n{"b":2,"a":"2"}\n{"b": 3}\n{"c":0.5}\n{"a":"the last line has no end"}',
  )
  const first = scan.take(bytes, 0, 10, 1000)
  t.same([first?.bytes.toString(), first?.count], ['{"a":"1"}\n{"b":2,"a":"2"}', 2])
  t.same(first?.names, ['a', 'b'])
  const third = first!.bytes.length + 1
  t.equal(scan.take(bytes, third, 10, 1000), undefined)
  const fourth = scan.take(bytes, bytes.indexOf('{"c"'), 1, 1000)
  t.same([fourth?.bytes.toString(), fourth?.names], ['{"c":0.5}', ['c']])
  t.equal(scan.take(bytes, 0, 1, 1000)?.count, 1)
  t.equal(scan.take(bytes, 0, 10, 5)?.count, 1)
  t.end()
})

t.test('rows as a loader writes them are plain', (t) => {
  const scan = new LineScan(FIELDS)
  const value = {
    string: 'a "text"\n\\ ä€😀',
    integer: -12_345,
    float: 129.95,
    boolean: true,
    numeric: '-12.5',
    timestamp: '2026-11-30T13:14:15.123456Z',
    date: '2026-02-28',
    json: 'text',
    all_integer: ['-4242424242424242424', 5],
    all_string: [],
    items: [
      { id: 1, string: '' },
      { id: 2, float: null },
    ],
  }
  t.equal(scan.take(Buffer.from(`${JSON.stringify(value)}\n`), 0, 1, 1)?.count, 1)
  t.end()
})
