import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { cases } from '../../../../test/long-tests.ts'
import { readingOf, sourceOf } from './reading.ts'

const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`

t.test(
  'what RFC 4180 can write is read as it was, in whatever chunks it comes, each row with its line',
  async () => {
    const cell = fc.oneof(
      fc.constant(undefined),
      fc.string({ unit: fc.constantFrom('a', 'é', ',', '"', '\n', '\r\n', ' ', ';', '|'), maxLength: 6 }),
    )
    const property = fc.asyncProperty(
      fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 8 }),
      fc.constantFrom('\n', '\r\n'),
      fc.constantFrom(',', ';', '\t', '|'),
      fc.boolean(),
      fc.integer({ min: 1, max: 50 }),
      async (rows, end, delimiter, isEnded, size) => {
        const texts = rows.map((row) =>
          row.map((each) => (each === undefined ? '' : quoted(each))).join(delimiter),
        )
        const text = ['one', 'two', 'three'].join(delimiter) + end + texts.join(end) + (isEnded ? end : '')
        const { values, reads, broken } = await readingOf(sourceOf(text, size), {
          hints: { delimiter, quote: '"' },
        })
        assert.deepEqual(broken, [])
        assert.deepEqual(values, rows)
        const lines = texts.map(
          (_, at) => 2 + texts.slice(0, at).join(end).split('\n').length - (at === 0 ? 1 : 0),
        )
        assert.deepEqual(
          reads.map(({ place }) => place.line),
          lines,
        )
      },
    )
    await fc.assert(property, { numRuns: cases(200) })
  },
)

const HEADER = 'id,name,amount\n'
const rowsFrom = (from: number, until: number) =>
  Array.from(
    { length: until - from },
    (_, at) => `${from + at},"name ${from + at}",${(from + at) / 4}\n`,
  ).join('')

t.test('a stray quote breaks its own line alone, wherever the next quote is', async (t) => {
  const strays = {
    'opens a field': ['500,"hello,125\n', 'a quote opens a field, and none closes it'],
    'in a field without quotes': [
      '500,5" "pipe,125\n',
      'a quote stands in a field that does not begin with one',
    ],
    'behind a field': ['500,"hello"x,125\n', 'text stands behind the quote that ends a field'],
  } as const
  for (const [name, [line, reason]] of Object.entries(strays)) {
    const { values, broken, error } = await readingOf(
      sourceOf(HEADER + rowsFrom(0, 500) + line + rowsFrom(501, 1000), 4000),
    )
    t.equal(error, undefined)
    t.equal(values.length, 999, name)
    t.match(broken, [{ rule: 'quotes', reason, place: { line: 502 }, bytes: Buffer.from(line.trim()) }], name)
    t.same(values.at(-1), ['999', 'name 999', '249.75'], name)
  }
})

t.test(
  'a quote that nothing closes breaks its line, at the end of the file or when the row gets too long',
  async (t) => {
    const plain = (from: number, until: number) => rowsFrom(from, until).replaceAll('"', '')
    const text = HEADER + plain(0, 10) + '10,"hello,1\n' + plain(11, 2000)
    for (const most of [10_000, 10_000_000]) {
      const { values, broken } = await readingOf(sourceOf(text, 700), { most, hints: { quote: '"' } })
      t.equal(values.length, 1999)
      t.match(broken, [
        { rule: 'quotes', reason: 'a quote opens a field, and none closes it', place: { line: 12 } },
      ])
    }
  },
)

t.test('a row of more or fewer fields is broken, and says how many it has', async (t) => {
  const { values, broken } = await readingOf(sourceOf(`${HEADER}1,a,2\n1,a\n\n2,b,3,4\n3,c,5\n`))
  t.same(values, [
    ['1', 'a', '2'],
    ['3', 'c', '5'],
  ])
  t.match(broken, [
    { rule: 'fields', reason: 'the row has 2 fields, and the file has 3 columns', place: { line: 3 } },
    { rule: 'fields', reason: 'the row has 4 fields, and the file has 3 columns', place: { line: 5 } },
  ])
})

t.test('an empty field is absent, and one with quotes is an empty text', async (t) => {
  t.same((await readingOf(sourceOf('a,b,c\n1,,""\n,"x""y",\n'))).values, [
    ['1', undefined, ''],
    [undefined, 'x"y', undefined],
  ])
})

t.test('of many rows the wrong ones are broken, and each of the others is read once', async (t) => {
  const rows = Array.from({ length: 5000 }, (_, n) => {
    if (n % 97 === 50) return `${n},a "stray`
    if (n % 89 === 40) return `${n},two,three`
    return n % 5 === 0 ? `${n},"a, ""b"""` : `${n},c`
  })
  const isWrong = (row: string) => /stray|three/.test(row)
  const { values, broken } = await readingOf(sourceOf(`number,text\n${rows.join('\n')}`, 7000))
  t.same(
    values.map((value) => (value as readonly string[])[0]),
    rows.flatMap((row, n) => (isWrong(row) ? [] : [String(n)])),
  )
  t.same(
    broken.map(({ place }) => place.line),
    rows.flatMap((row, n) => (isWrong(row) ? [n + 2] : [])),
  )
})

t.test('a row of bytes that are no UTF-8 is broken where the file is UTF-8', async (t) => {
  const bytes = Buffer.concat([
    Buffer.from('a,b\n1,ä\n'),
    Buffer.from('2,ä\n', 'latin1'),
    Buffer.from('3,ö\n'),
  ])
  const { values, broken } = await readingOf(sourceOf(bytes), { hints: { encoding: 'utf-8' } })
  t.same(values, [
    ['1', 'ä'],
    ['3', 'ö'],
  ])
  t.match(broken, [{ rule: 'encoding', place: { line: 3 }, bytes: Buffer.from('2,ä', 'latin1') }])
})

t.test('a line that is longer than a message may be is broken, and its end is found', async (t) => {
  const { values, broken } = await readingOf(sourceOf(`a,b\n1,x\n2,${'y'.repeat(50_000)}\n3,z\n`, 900), {
    most: 10_000,
  })
  t.same(values, [
    ['1', 'x'],
    ['3', 'z'],
  ])
  t.match(broken, [{ rule: 'too_long', length: 50_002, place: { line: 3, byte: 8 } }])
})

t.test('lines that end with \\r alone are lines', async (t) => {
  const { values, reads } = await readingOf(sourceOf('a,b\r1,x\r2,"y\rz"\r'))
  t.same(values, [
    ['1', 'x'],
    ['2', 'y\rz'],
  ])
  t.equal(reads[1]!.place.line, 3)
})
