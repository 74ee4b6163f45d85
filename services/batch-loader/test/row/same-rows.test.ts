import { parseJson, planAll, type Column, type JsonObject } from '@tablestream/table-schema'
import fc from 'fast-check'
import t from 'tap'
import { event, eventOfArrays } from '../../../../test/laws/events.ts'
import { cases } from '../../../../test/long-tests.ts'
import { EmptyPlacesSeen } from '../../src/row/empty-places.ts'
import { makesSameRows } from '../../src/row/same-rows.ts'
import { compileRowText } from '../../src/row/row-text.ts'

const columnsOf = (...events: readonly string[]) =>
  planAll(
    undefined,
    events.map((each) => parseJson(each) as JsonObject),
  ).columns

/** What rows of events tell of themselves. */
function toldBy(columns: readonly Column[], events: readonly JsonObject[]) {
  const rows = events.map((each) => compileRowText(columns)(each))
  const seen = new EmptyPlacesSeen()
  for (const { empty } of rows) if (empty) seen.add(empty)
  return { isWhole: rows.every(({ complete }) => complete) && seen.isAll, empty: seen.places }
}

const WHOLE = { isWhole: true, empty: { inside: [], members: [] } }

t.test('rows that are said to be the same are the same by other columns, too', (t) => {
  const events = fc.array(fc.oneof(event, eventOfArrays), { minLength: 1, maxLength: 4 })
  let same = 0
  fc.assert(
    fc.property(events, events, (first, others) => {
      const before = planAll(undefined, first).columns
      const after = planAll(undefined, [...first, ...others]).columns
      if (!makesSameRows(before, after, toldBy(before, first))) return
      if (before.length < after.length) same++
      for (const each of first) {
        const [was, is] = [compileRowText(before)(each), compileRowText(after)(each)]
        if (was.members !== is.members || was.complete !== is.complete)
          throw new Error(`${was.members} became ${is.members}`)
      }
    }),
    { numRuns: cases(4000) },
  )
  t.ok(same > 0, `${same} with more columns`)
  t.end()
})

const CASES: readonly (readonly [what: string, before: string, later: string, isSame: boolean])[] = [
  ['a new column', '{"a":1}', '{"b":"x"}', true],
  ['a new column of a RECORD', '{"a":{"b":1}}', '{"a":{"c":1}}', true],
  ['a new column of a list of RECORDs', '{"a":[{"b":1}]}', '{"a":[{"c":1}]}', true],
  ['a column of another type', '{"a":1,"b":"2026-01-01"}', '{"b":"soon"}', false],
  ['a field of another type', '{"a":{"b":1}}', '{"a":{"b":1.5}}', false],
  ['what said nothing, and says something by JSON', '{"a":1,"b":[]}', '{"b":[1,"x"]}', false],
  ['an empty list that has elements now', '{"a":1,"b":[]}', '{"b":["x"],"c":1}', true],
  ['an empty list that is a text now', '{"a":1,"b":[]}', '{"b":"x"}', true],
  ['an empty list of a RECORD, and columns beside it', '{"a":{"b":[],"c":1}}', '{"d":1}', true],
  ['an empty list of a RECORD that has elements now', '{"a":{"b":[],"c":1}}', '{"a":{"b":[1]}}', false],
  ['an empty object that a RECORD has now', '{"a":1,"b":{}}', '{"b":{"c":1}}', false],
  ['null is nothing in every column', '{"a":1,"b":null}', '{"b":[1,"x"]}', true],
]
for (const [what, before, later, isSame] of CASES)
  t.test(`${what}: ${isSame ? 'the rows are the same' : 'the rows may be others'}`, (t) => {
    const columns = columnsOf(before)
    const told = toldBy(columns, [parseJson(before) as JsonObject])
    t.equal(makesSameRows(columns, columnsOf(before, later), told), isSame)
    t.end()
  })

t.test('a column that must have a value makes other rows, and one that need not any more does not', (t) => {
  const [first, ...others] = columnsOf('{"a":1}').toReversed() as [Column, ...Column[]]
  const required: readonly Column[] = [...others, { ...first, mode: 'REQUIRED' }]
  const relaxed: readonly Column[] = [...others, first]
  t.equal(makesSameRows(required, relaxed, WHOLE), true)
  t.equal(makesSameRows(relaxed, required, WHOLE), false)
  t.equal(makesSameRows(others, required, WHOLE), false, 'a new one')
  t.end()
})

t.test(
  'beside a map column, and where an event found no column, only the same columns make the same rows',
  (t) => {
    const columns = columnsOf('{"a":{"b":1}}')
    const mapped: readonly Column[] = [
      ...columns,
      { name: 'a_map', key: 'a', type: 'JSON', mode: 'NULLABLE', map: true },
    ]
    const more: Column = { name: 'c', key: 'c', type: 'STRING', mode: 'NULLABLE' }
    t.equal(makesSameRows(mapped, [...mapped, more], WHOLE), false)
    t.equal(makesSameRows(mapped, mapped.toReversed(), WHOLE), true, 'in whatever order')
    t.equal(makesSameRows(columns, [...columns, more], { ...WHOLE, isWhole: false }), false)
    t.equal(makesSameRows(columns, columns.toReversed(), { ...WHOLE, isWhole: false }), true)
    t.end()
  },
)

t.test('a column with a name like those of the load itself gives these others', (t) => {
  const columns = columnsOf('{"a":1}')
  const own: Column = { name: '_load_place', key: '_load_place', type: 'INT64', mode: 'NULLABLE' }
  t.equal(makesSameRows(columns, [...columns, own], WHOLE), false)
  t.end()
})

t.test('rows are made anew where a column allows others by now', (t) => {
  const columns = columnsOf('{"a":"x"}')
  const limited = (maxLength: number) =>
    columns.map((each) => (each.key === 'a' ? { ...each, limit: { maxLength } } : each))
  const left = { ...WHOLE, isWhole: false }
  t.equal(makesSameRows(limited(3), limited(3), left), true)
  for (const after of [columns, limited(9)]) t.equal(makesSameRows(limited(3), after, left), false)
  t.equal(makesSameRows(columns, limited(3), WHOLE), false)
  t.end()
})
