import fc from 'fast-check'
import t from 'tap'
import { csvHead, csvRow } from '../../scripts/query/as-csv.ts'
import { layoutFor } from '../../scripts/query/as-table.ts'
import type { Field, Row } from '../../scripts/query/bigquery-rest.ts'
import { jsonOf, recordJson } from '../../scripts/query/cell-text.ts'
import { fitted, shown, width } from '../../scripts/query/screen-text.ts'
import { linesOf } from '../../scripts/query/tree.ts'

const text = (name: string): Field => ({ name, type: 'STRING' })
const row = (...values: unknown[]): Row => ({ f: values.map((v) => ({ v })) })
const anyText = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }))
/** What a terminal obeys. */
const OBEYED = /\p{Cc}|\p{Cf}/u

t.test('no line is wider than the screen, and none has a character that a terminal obeys', (t) => {
  fc.assert(
    fc.property(
      fc.array(anyText, { minLength: 1, maxLength: 12 }),
      fc.array(fc.array(anyText, { minLength: 12, maxLength: 12 }), { maxLength: 5 }),
      fc.integer({ min: 20, max: 200 }),
      (names, values, screen) => {
        const rows = values.map((each) => row(...each.slice(0, names.length)))
        const lines = layoutFor(names.map(text), rows, screen)(rows)
        return lines.every((line) => width(line) <= screen && !OBEYED.test(line))
      },
    ),
  )
  t.end()
})

t.test('columns that have no room beside each other are printed one a line', (t) => {
  const fields = Array.from({ length: 10 }, (_, at) => text(`column_${at}`))
  const rows = [row(...fields.map(() => 'a value that is long'))]
  const lines = layoutFor(fields, rows, 60)(rows)
  t.match(lines[0], /^── row 1 ─/)
  t.equal(lines[1], 'column_0  a value that is long')
  t.equal(lines.length, 11)
  t.end()
})

t.test('a table has its head once, numbers at the right, and NULL is no text', (t) => {
  const fields = [text('name'), { name: 'count', type: 'INTEGER' }]
  const layout = layoutFor(fields, [row('a', '1')], Infinity)
  t.same(layout([row('a', '1'), row(null, '12')]), [
    'name  count',
    '────  ─────',
    'a         1',
    'NULL     12',
  ])
  t.same(layout([row('b', '3')]), ['b         3'])
  t.end()
})

t.test('nested values are trees', (t) => {
  const items: Field = {
    name: 'items',
    type: 'RECORD',
    mode: 'REPEATED',
    fields: [text('id'), { name: 'tags', type: 'STRING', mode: 'REPEATED' }],
  }
  const value = [
    { v: { f: [{ v: 'x' }, { v: [{ v: 'a' }, { v: 'b\u001B[2J' }] }] } },
    { v: { f: [{ v: null }, { v: [] }] } },
  ]
  t.same(linesOf(items, value), [
    '├ 0',
    '│ ├ id: x',
    '│ └ tags',
    '│   ├ 0: a',
    String.raw`│   └ 1: b\u001b[2J`,
    '└ 1',
    '  ├ id: NULL',
    '  └ tags: []',
  ])
  const json: Field = { name: 'j', type: 'JSON' }
  t.same(linesOf(json, '{"a":12345678901234567890,"b":[{}],"c":"x"}'), [
    '├ a: 12345678901234567890',
    '├ b',
    '│ └ 0: {}',
    '└ c: "x"',
  ])
  t.same(linesOf(json, 'null'), ['null'])
  t.end()
})

t.test('microseconds are kept, from the first year to the last', (t) => {
  const time: Field = { name: 't', type: 'TIMESTAMP' }
  t.equal(jsonOf(time, '253402300799999999'), '"9999-12-31T23:59:59.999999Z"')
  t.equal(jsonOf(time, '-62135596799999999'), '"0001-01-01T00:00:00.000001Z"')
  t.equal(jsonOf(time, '0'), '"1970-01-01T00:00:00.000000Z"')
  t.end()
})

t.test('a record is JSON with every digit', (t) => {
  const fields: Field[] = [
    { name: 'n', type: 'INTEGER' },
    { name: 'f', type: 'FLOAT' },
    { name: 'm', type: 'NUMERIC' },
  ]
  t.equal(
    recordJson(fields, row('9223372036854775807', 'NaN', '0.1').f),
    '{"n":9223372036854775807,"f":"NaN","m":"0.1"}',
  )
  t.end()
})

t.test('CSV tells NULL from an empty text, and quotes what it must', (t) => {
  const fields = [text('a,b'), text('c'), text('d'), { name: 'e', type: 'JSON' }]
  t.equal(csvHead(fields), '"a,b",c,d,e')
  t.equal(csvRow(fields, row('x"y\n', null, '', '{"k":1}')), '"x""y\n",,"","{""k"":1}"')
  t.end()
})

t.test('what is too long ends in an ellipsis, and wide characters count twice', (t) => {
  t.equal(width('漢字'), 4)
  t.equal(fitted('漢字漢字', 5), '漢字…')
  t.equal(fitted('abc', 3), 'abc')
  t.equal(shown('a\nb\u202Ec'), String.raw`a\nb\u202ec`)
  t.end()
})
