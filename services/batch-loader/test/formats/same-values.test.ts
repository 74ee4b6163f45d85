import assert from 'node:assert/strict'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { cases } from '../../../../test/long-tests.ts'
import { avroOf } from './avro-files.ts'
import { parquetOf } from './parquet-files.ts'
import { readingOf, sourceOf } from './reading.ts'

/** Of digits and texts alone, as a file of any format has it. */
interface Row {
  readonly whole: string | null
  /** With nine digits behind the point. */
  readonly decimal: string | null
  readonly double: number | null
  readonly text: string | null
  readonly truth: boolean | null
  /** RFC 3339, to the microsecond. */
  readonly at: string | null
  readonly day: string | null
  readonly items: readonly string[]
}

const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n }
const DAY_MS = 86_400_000
const ODD = [
  '"',
  ',',
  '\n',
  '\r\n',
  "'",
  '\\',
  ';',
  '\t',
  '|',
  ' ',
  '007',
  'null',
  'true',
  '\u2028',
  '😀',
  'é',
  '{',
  '[',
]

const maybe = <T>(each: fc.Arbitrary<T>) => fc.option(each, { freq: 5 })
const whole = fc.bigInt(INT64).map(String)
const day = fc
  .integer({ min: 0, max: 40_000 })
  .map((days) => new Date(days * DAY_MS).toISOString().slice(0, 10))
const fields = {
  whole: maybe(whole),
  decimal: maybe(fc.bigInt({ min: -(10n ** 37n), max: 10n ** 37n }).map((digits) => pointed(digits))),
  double: maybe(fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)),
  text: maybe(
    fc.array(fc.oneof(fc.constantFrom(...ODD), fc.string({ unit: 'grapheme' }))).map((all) => all.join('')),
  ),
  truth: maybe(fc.boolean()),
  at: maybe(
    fc
      .tuple(day, fc.integer({ min: 0, max: DAY_MS - 1 }), fc.integer({ min: 0, max: 999 }))
      .map(([date, ms, micros]) => {
        const time = new Date(ms).toISOString().slice(11, 23)
        return `${date}T${time}${String(micros).padStart(3, '0')}Z`
      }),
  ),
  day: maybe(day),
  items: fc.array(whole, { maxLength: 3 }),
}
const row: fc.Arbitrary<Row> = fc.record(fields, { noNullPrototype: true })

function pointed(digits: bigint): string {
  const text = String(digits < 0n ? -digits : digits).padStart(10, '0')
  return `${digits < 0n ? '-' : ''}${text.slice(0, -9)}.${text.slice(-9)}`
}

const jsonOf = (each: Row) =>
  `{"whole":${each.whole},"decimal":${each.decimal},"double":${each.double},"text":${JSON.stringify(each.text)},"truth":${each.truth},` +
  `"at":${JSON.stringify(each.at)},"day":${JSON.stringify(each.day)},"items":[${each.items.join(',')}]}`

const CELLS = ['whole', 'decimal', 'double', 'text', 'truth', 'at', 'day'] as const
const cellOf = (value: Row[(typeof CELLS)[number]]) =>
  value === null ? '' : typeof value === 'string' ? `"${value.replaceAll('"', '""')}"` : String(value)
const csvOf = (rows: readonly Row[]) =>
  [CELLS.join(','), ...rows.map((each) => CELLS.map((name) => cellOf(each[name])).join(','))].join('\n')

const sqlOf = (value: string | number | boolean | null, type: string) =>
  value === null ? `NULL::${type}` : `'${String(value).replaceAll("'", "''")}'::${type}`
const queryOf = (rows: readonly Row[]) =>
  rows
    .map((each) => {
      const items = `[${each.items.map((item) => sqlOf(item, 'BIGINT')).join(', ')}]::BIGINT[]`
      return `SELECT ${sqlOf(each.whole, 'BIGINT')} AS whole, ${sqlOf(each.decimal, 'DECIMAL(38, 9)')} AS decimal,
        ${sqlOf(each.double, 'DOUBLE')} AS double, ${sqlOf(each.text, 'VARCHAR')} AS text, ${sqlOf(each.truth, 'BOOLEAN')} AS truth,
        ${sqlOf(each.at, 'TIMESTAMPTZ')} AS at, ${sqlOf(each.day, 'DATE')} AS day, ${items} AS items`
    })
    .join(' UNION ALL ')

const maybeType = (type: unknown) => ['null', type]
const SCHEMA = {
  type: 'record',
  name: 'Row',
  fields: [
    { name: 'whole', type: maybeType('long') },
    { name: 'decimal', type: maybeType({ type: 'bytes', logicalType: 'decimal', precision: 38, scale: 9 }) },
    { name: 'double', type: maybeType('double') },
    { name: 'text', type: maybeType('string') },
    { name: 'truth', type: maybeType('boolean') },
    { name: 'at', type: maybeType({ type: 'long', logicalType: 'timestamp-micros' }) },
    { name: 'day', type: maybeType({ type: 'int', logicalType: 'date' }) },
    { name: 'items', type: { type: 'array', items: 'long' } },
  ],
}

const microsOf = (at: string) => BigInt(Date.parse(`${at.slice(0, 19)}Z`)) * 1000n + BigInt(at.slice(20, 26))

function bytesOf(decimal: string): Buffer {
  const bytes = Buffer.alloc(16)
  const bits = BigInt.asUintN(128, BigInt(decimal.replace('.', '')))
  bytes.writeBigUInt64BE(bits >> 64n)
  bytes.writeBigUInt64BE(BigInt.asUintN(64, bits), 8)
  return bytes
}

function avroRow(each: Row): object {
  const of = <T>(branch: string, value: T | null, made: (value: T) => unknown = (same) => same) =>
    value === null ? null : { [branch]: made(value) }
  return {
    whole: of('long', each.whole, BigInt),
    decimal: of('bytes', each.decimal, bytesOf),
    double: of('double', each.double),
    text: of('string', each.text),
    truth: of('boolean', each.truth),
    at: of('long', each.at, microsOf),
    day: of('int', each.day, (date) => Date.parse(date) / DAY_MS),
    items: each.items.map(BigInt),
  }
}

type Writers = Readonly<Record<string, (rows: readonly Row[]) => Buffer | Promise<Buffer>>>

const linesOf = (rows: readonly Row[]) => rows.map((each) => `${jsonOf(each)}\n`).join('')
const writersOf = (t: Test): Writers => ({
  'lines of JSON': (rows) => Buffer.from(linesOf(rows)),
  'lines that end with \\r\\n': (rows) => Buffer.from(rows.map((each) => `${jsonOf(each)}\r\n`).join('')),
  'an array': (rows) => Buffer.from(`[${rows.map(jsonOf).join(',\n')}]`),
  gzip: (rows) => gzipSync(linesOf(rows)),
  zstd: (rows) => zstdCompressSync(Buffer.from(linesOf(rows))),
  'UTF-16': (rows) => Buffer.from(`\uFEFF${linesOf(rows)}`, 'utf16le'),
  Parquet: (rows) => parquetOf(t, queryOf(rows), ', ROW_GROUP_SIZE 2'),
  Avro: (rows) => avroOf(SCHEMA, rows.map(avroRow), { codec: 'deflate', perBlock: 2 }),
})

/** What a record of JSON text has, its numbers by their digits. */
function read(text: string): Row {
  const digits = (_: string, value: unknown, { source }: { source?: string }) =>
    typeof value === 'number' ? source : value
  const found = JSON.parse(text, digits as Parameters<typeof JSON.parse>[1]) as Record<string, string | null>
  const { decimal, double, at, items } = found
  const nothing = { whole: null, text: null, truth: null, day: null }
  return {
    ...nothing,
    ...(found as object),
    decimal: decimal == null ? null : pointed(unpointed(decimal)),
    double: double == null ? null : Number(double) + 0,
    at: at == null ? null : at.replace(/\.?(\d*)Z$/, (_, micros: string) => `.${micros.padEnd(6, '0')}Z`),
    items: (items ?? []) as unknown as readonly string[],
  }
}

function unpointed(decimal: string): bigint {
  const [before = '', behind = ''] = decimal.split('.')
  return BigInt(before + behind.padEnd(9, '0'))
}

t.test('whatever a file is, its records have the values that were written, to the last digit', async (t) => {
  const writers = writersOf(t)
  const rows = fc.array(row, { minLength: 1, maxLength: 8 })
  const chunk = fc.integer({ min: 1, max: 300 })
  const portion = fc.constantFrom(Infinity, 100, 700)
  await fc.assert(
    fc.asyncProperty(rows, chunk, portion, async (given, size, bytes) => {
      for (const [name, write] of Object.entries(writers)) {
        const { values, broken, error } = await readingOf(sourceOf(await write(given), size), { bytes })
        assert.deepEqual([error, broken], [undefined, []], name)
        assert.deepEqual(
          values.map((text) => read(String(text))),
          given,
          name,
        )
      }
      const { values } = await readingOf(sourceOf(csvOf(given), size))
      const cells = given.map((each) =>
        CELLS.map((column) => (each[column] === null ? undefined : String(each[column]))),
      )
      assert.deepEqual(values, cells, 'CSV')
    }),
    { numRuns: cases(24) },
  )
})
