import fc from 'fast-check'
import t from 'tap'
import {
  columnsOfFields,
  fitsColumn,
  plan,
  typeText,
  withSystemKeys,
  SYSTEM_COLUMNS,
} from '../../src/index.ts'

const fields = [
  ...SYSTEM_COLUMNS,
  { name: 's', type: 'STRING', maxLength: '3' },
  { name: 'n', type: 'NUMERIC', precision: '5', scale: '2' },
  { name: 'whole', type: 'NUMERIC', precision: '2' },
  { name: 'free', type: 'STRING' },
]
const columns = withSystemKeys(columnsOfFields(fields))
const named = (name: string) => columns.find((column) => column.name === name)!

t.test(
  'a value that is longer than somebody allowed is a conflict, and nothing is made wider for it',
  (t) => {
    const conflicts = (event: object) =>
      plan(columns, event as never).conflicts.map(
        ({ path, reason, columnType, columnLimit }) =>
          `${path} ${reason} ${typeText(columnType!, columnLimit)}`,
      )
    for (const fits of [
      { s: 'abc', n: 999.99, whole: 99 },
      { s: '😀😀😀', n: -999.9, whole: -1, free: 'abcd' },
      { s: null, n: 1 },
    ])
      t.same(conflicts(fits), [], JSON.stringify(fits))
    t.same(conflicts({ s: 'abcd' }), ['/s type_conflict STRING(3)'])
    t.same(conflicts({ s: '😀😀😀😀' }), ['/s type_conflict STRING(3)'])
    t.same(conflicts({ n: 1.234 }), ['/n type_conflict NUMERIC(5, 2)'], 'BigQuery would round it')
    t.same(conflicts({ n: 1000 }), ['/n type_conflict NUMERIC(5, 2)'])
    t.same(conflicts({ n: 1e20 }), ['/n type_conflict NUMERIC(5, 2)'], 'and no BIGNUMERIC is made of it')
    t.same(conflicts({ whole: 0.5 }), ['/whole type_conflict NUMERIC(2)'])
    t.same(conflicts({ s: 5 }), ['/s type_conflict STRING(3)'])
    for (let time = 0; time < 50; time++)
      t.same(conflicts({ s: 'abcd' }), ['/s type_conflict STRING(3)'], 'also when it is asked often')
    t.end()
  },
)

t.test('a NUMERIC with a precision takes just what has so many digits', (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: -200_000, max: 200_000 }),
      fc.integer({ min: 0, max: 4 }),
      (digits, places) => {
        const value = Number(`${digits}e-${places}`)
        const cents = Number(`${digits}e${2 - places}`)
        return fitsColumn(named('n'), value) === (Number.isInteger(cents) && Math.abs(cents) < 100_000)
      },
    ),
  )
  t.end()
})
