import { DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import t from 'tap'
import { jsonStructure, type Field } from '../../../src/bigquery/values/fields.ts'
import { rowOfJson } from '../../../src/bigquery/files/json-lines.ts'
import { compilePlain } from '../../../src/bigquery/files/plain-rows.ts'
import { lineOfJsonRow } from '../../../src/bigquery/rows/json-rows.ts'

const TYPES =
  'STRING INTEGER FLOAT BOOLEAN NUMERIC BIGNUMERIC TIMESTAMP DATE TIME DATETIME BYTES JSON GEOGRAPHY'.split(
    ' ',
  )
const SCALARS: readonly Field[] = TYPES.map((type) => ({ name: type.toLowerCase(), type }))
const FIELDS: readonly Field[] = [
  ...SCALARS,
  { name: 'short', type: 'STRING', maxLength: '2' },
  { name: 'picos', type: 'TIMESTAMP', timestampPrecision: '12' },
  ...SCALARS.map(({ type }): Field => ({ name: `all_${type.toLowerCase()}`, type, mode: 'REPEATED' })),
  {
    name: 'items',
    type: 'RECORD',
    mode: 'REPEATED',
    fields: [{ name: 'id', type: 'INTEGER', mode: 'REQUIRED' }, ...SCALARS],
  },
]

const two = (most: number) => fc.integer({ min: 0, max: most }).map((part) => String(part).padStart(2, '0'))
const day = fc
  .tuple(fc.constantFrom('0000', '0001', '1582', '2026'), two(13), two(32))
  .map((each) => each.join('-'))
const time = fc.tuple(two(25), two(60), two(60)).map((each) => each.join(':'))
const fraction = fc.constantFrom('', '.5', '.123456', '.1234567')
const value = fc.oneof(
  fc.constantFrom(
    null,
    true,
    false,
    '',
    'NaN',
    '1.50',
    '-0',
    0,
    -0,
    1e21,
    1.5,
    'true',
    '{}',
    'POINT(1 2)',
    'QUJD',
  ),
  fc.constantFrom('9223372036854775807', '-9223372036854775808', '9223372036854775808', '007', '1e3', '5 '),
  fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }).map(String),
  fc.array(fc.constantFrom('a', '\n', '\0', '"', '\\', 'ä', '€', '😀')).map((letters) => letters.join('')),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.maxSafeInteger(),
  fc
    .tuple(fc.bigInt({ min: -(10n ** 29n), max: 10n ** 29n }), fc.integer({ min: 0 }))
    .map((each) => each.join('.')),
  day,
  time,
  fc
    .tuple(day, fc.constantFrom('T', ' '), time, fraction, fc.constantFrom('Z', '', '+01:00'))
    .map((each) => each.join('')),
  fc.jsonValue(),
)
const scalars = Object.fromEntries(SCALARS.map(({ name }) => [name, value]))
/** Some of all columns, so that some rows are plain. */
const some = (all: Readonly<Record<string, fc.Arbitrary<unknown>>>) =>
  fc
    .subarray(Object.keys(all), { minLength: 1, maxLength: 2 })
    .chain((names) => fc.record(Object.fromEntries(names.map((name) => [name, all[name]!]))))
const row = some({
  ...scalars,
  short: value,
  picos: value,
  none: value,
  STRING: value,
  ...Object.fromEntries(
    SCALARS.map(({ name }) => [`all_${name}`, fc.oneof(fc.array(value, { maxLength: 3 }), value)]),
  ),
  items: fc.array(fc.oneof(some({ id: fc.integer(), ...scalars }), value), { maxLength: 3 }),
})

t.test('a row that is plain is the one that is made of it where it is converted', async (t) => {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  t.teardown(() => {
    connection.closeSync()
    instance.closeSync()
  })
  await connection.run("SET TimeZone = 'UTC'")
  const structure = JSON.stringify(jsonStructure(FIELDS))
  const isPlain = compilePlain(FIELDS)!
  const pairs: string[] = []
  let others = 0
  fc.assert(
    fc.property(row, (made) => {
      // as it is read of a line
      const text = JSON.stringify(made)
      const parsed = JSON.parse(text) as Readonly<Record<string, unknown>>
      const names = new Set<string>()
      if (isPlain(parsed, names)) {
        if (names.size !== Object.keys(parsed).length) throw new Error(`other columns than ${text}`)
        pairs.push(text, lineOfJsonRow(FIELDS, rowOfJson(FIELDS, parsed), false))
      } else others++
    }),
    { numRuns: 4000 },
  )
  t.ok(pairs.length > 200 && others > 100, `${pairs.length / 2} are plain, ${others} are not`)
  const told = pairs.map((text) => `(${quoted(text)})`)
  const read = await connection.runAndReadAll(
    `SELECT CAST(from_json(text, ${quoted(structure)}) AS VARCHAR) FROM (VALUES ${told.join(', ')}) AS lines(text)`,
  )
  const rows = read.getRows().map(([text]) => text)
  for (let at = 0; at < rows.length; at += 2)
    if (rows[at] !== rows[at + 1]) t.equal(rows[at], rows[at + 1], pairs[at]!)
})

t.test('a row that does not name a column with a default value is not plain', (t) => {
  t.equal(compilePlain([{ name: 'a', type: 'STRING', defaultValueExpression: "'b'" }]), undefined)
  t.end()
})

t.test('a row without a value of a REQUIRED column is not plain', (t) => {
  const isPlain = compilePlain([{ name: 'a', type: 'STRING', mode: 'REQUIRED' }])!
  t.equal(isPlain({ a: '' }, new Set()), true)
  t.equal(isPlain({ a: null }, new Set()), false)
  t.equal(isPlain({}, new Set()), false)
  t.end()
})

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`
