import { deflateSync, gzipSync } from 'node:zlib'
import t from 'tap'
import { recognise } from '../../src/formats/index.ts'
import { readingOf, sourceOf } from './reading.ts'

t.test('what a source is, its bytes say', async (t) => {
  const cases: [string, string][] = [
    ['ndjson', '{"a":1}\n{"a":2}\n'],
    ['ndjson', '{"a":1}'],
    ['ndjson', '{"a":1\n{"a":2}\n{"a":3}\n'],
    ['ndjson', 'rubbish\n{"a":2}\n{"a":3}\n'],
    ['ndjson', '[1,2]\n[3]\n'],
    ['json_array', '[{"a":1}]'],
    ['json_array', '\n [\n]'],
    ['json_values', '{\n  "a": 1\n}\n{\n  "a": 2\n}\n'],
    ['json_values', '{\n  "a": [\n    {"b":1},\n    {"b":2},\n    {"b":3}\n  ]\n}\n'],
    ['json_values', '{"a":[\n{"b":1},\n{"b":2}\n]}\n'],
    ['json_values', '{ "a": 1\n, "b": "}{"\n}\n{ "a": 2\n, "b": 3\n}\n'],
    ['json_values', '{"a":"\\"{"}{"a":2}'],
    ['json_values', '{"a":1}\r{"a":2}\r'],
    ['ndjson', '{"a":1}{"a":2}\n{"a":3}\n'],
    ['ndjson', '{"a":\n{"a":2}\n{"a":3}}\n{"a":4}\n'],
    ['csv', 'a,b\n1,2\n'],
    ['csv', '"a{","b"\n"{1","2"\n'],
    ['empty', ''],
    ['empty', ' \n\r\n'],
    ['empty', '\uFEFF'],
  ]
  for (const [format, text] of cases)
    t.equal((await recognise(sourceOf(text))).format, format, JSON.stringify(text))
})

t.test('records behind a MB of blank lines are found', async (t) => {
  const blank = '\n'.repeat((1 << 20) + 1)
  const cases: [string, string | Buffer][] = [
    ['ndjson', `${blank}{"a":1}\n{"a":2}\n`],
    ['ndjson', gzipSync(`${blank}${blank}{"a":1}\n{"a":2}\n`)],
    ['ndjson', Buffer.from(`\uFEFF${blank}{"a":1}\n{"a":2}\n`, 'utf16le')],
    ['ndjson', `${' '.repeat((1 << 20) - 3)}{"a":1}\n{"a":2}\n`],
    ['csv', `${blank}a,b\n1,2\n`],
    ['empty', blank],
    ['empty', `\uFEFF${blank}`],
  ]
  for (const [format, bytes] of cases) {
    const { found, values } = await readingOf(sourceOf(bytes))
    t.equal(found.format, format)
    t.equal(values.length, { ndjson: 2, csv: 1 }[format] ?? 0, format)
  }
})

t.test(
  'a first record that is longer than what is looked at is not read from each quote in it',
  async (t) => {
    // JSON in a text: 90,000 quotes of which none ends it
    const inner = JSON.stringify({ a: 'b' }).repeat(1 << 17)
    const text = `${JSON.stringify({ payload: inner })}\n{"a":2}\n`
    t.equal((await recognise(sourceOf(text))).format, 'ndjson')
  },
)

t.test('an empty file has no portions and no records', async (t) => {
  for (const bytes of ['', gzipSync('')])
    t.match(await readingOf(sourceOf(bytes)), { portions: [], reads: [], error: undefined })
})

t.test('what is none of the formats is refused, and says what it looks like', async (t) => {
  const cases: [string | Buffer, string][] = [
    ['PK\x03\x04....', 'it is a zip archive: '],
    ['%PDF-1.7 ...', 'it is a PDF: '],
    [gzipSync(gzipSync('{"a":1}')), 'it is packed twice: '],
    [
      Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]),
      'it is neither text nor Parquet nor Avro: character 4 is 0x02',
    ],
    ['<?xml version="1.0"?>\n<a/>\n', 'it is XML or HTML: '],
    [
      deflateSync(Array.from({ length: 500 }, (_, n) => n * n).join()),
      'it is neither text nor Parquet nor Avro: character ',
    ],
    [Buffer.alloc(1 << 20), 'it is neither text nor Parquet nor Avro: character 0 is 0x00'],
  ]
  for (const [bytes, message] of cases) {
    const error = await recognise(sourceOf(bytes)).then(
      () => undefined,
      (caught: Error) => caught,
    )
    t.match(error, { name: 'Error', rule: 'unknown' })
    t.equal(error?.message.slice(0, message.length + 13), `test:source: ${message}`)
  }
})
