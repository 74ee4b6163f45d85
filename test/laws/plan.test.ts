import fc from 'fast-check'
import t from 'tap'
import { cases } from '../long-tests.ts'
import { inferColumns, mergeColumns, plan, type Column, type JsonObject } from '@tablestream/table-schema'
import { event } from './events.ts'

const RUNS = { numRuns: cases(2000) }
const WIDER = /^(INT64 (NUMERIC|BIGNUMERIC)|NUMERIC BIGNUMERIC)$/

t.test('after the plan is applied the same event fits, and the columns are the very same list', (t) => {
  fc.assert(
    fc.property(event, event, (one, two) => {
      const { columns } = plan(plan(undefined, one).columns, two)
      const again = plan(columns, two)
      return again.outcome === 'fits' && again.columns === columns
    }),
    RUNS,
  )
  t.end()
})

t.test('a plan never removes, narrows, renames or moves a column', (t) => {
  fc.assert(
    fc.property(event, event, (one, two) => {
      const before = plan(undefined, one).columns
      const after = plan(before, two).columns
      return before.every((old, index) => keeps(old, after[index]!))
    }),
    RUNS,
  )
  t.end()
})

t.test('a plan is the same every time', (t) => {
  fc.assert(
    fc.property(event, event, (one, two) => {
      const { columns } = plan(undefined, one)
      return (
        JSON.stringify(plan(columns, two).columns) === JSON.stringify(plan([...columns], { ...two }).columns)
      )
    }),
    RUNS,
  )
  t.end()
})

t.test('the matcher says yes only where the plan has nothing to say', (t) => {
  fc.assert(
    fc.property(event, event, (one, two) => {
      const { columns } = plan(undefined, one)
      askOften(columns, one)
      // a key that has no column and says nothing keeps the matcher out
      const { outcome, conflicts, columns: after } = plan(columns, two)
      const slow = plan(
        columns.map((column) => ({ ...column })),
        { ...two, '\0no key of an event': null },
      )
      return (
        outcome === slow.outcome &&
        conflicts.length === slow.conflicts.length &&
        after.length === slow.columns.length
      )
    }),
    RUNS,
  )
  t.end()
})

/** Columns get a matcher once they are asked often enough. */
function askOften(columns: readonly Column[], one: JsonObject): void {
  for (let look = 0; look <= 3 + columns.length / 25; look++) plan(columns, one)
}

t.test('names are unique without regard to case, at every level', (t) => {
  fc.assert(
    fc.property(event, event, (one, two) => areUnique(plan(plan(undefined, one).columns, two).columns)),
    RUNS,
  )
  t.end()
})

t.test('merging is idempotent, commutative and associative, up to the order of columns', (t) => {
  const same = (one: readonly Column[], two: readonly Column[]): boolean => sorted(one) === sorted(two)
  fc.assert(
    fc.property(event, event, event, (a, b, c) => {
      const [x, y, z] = [inferColumns(a), inferColumns(b), inferColumns(c)]
      return (
        same(mergeColumns(x, x), x) &&
        same(mergeColumns(x, y), mergeColumns(y, x)) &&
        same(mergeColumns(mergeColumns(x, y), z), mergeColumns(x, mergeColumns(y, z)))
      )
    }),
    RUNS,
  )
  t.end()
})

function keeps(before: Column, after: Column): boolean {
  const type = before.type === after.type || WIDER.test(`${before.type} ${after.type}`)
  const same = before.name === after.name && before.key === after.key && before.mode === after.mode
  return type && same && (before.fields ?? []).every((field, index) => keeps(field, after.fields![index]!))
}

function areUnique(columns: readonly Column[]): boolean {
  const names = new Set(columns.map(({ name }) => name.toLowerCase()))
  return names.size === columns.length && columns.every(({ fields }) => areUnique(fields ?? []))
}

function sorted(columns: readonly Column[]): string {
  const ordered = columns
    .map(({ fields, ...column }) => ({ ...column, ...(fields && { fields: sorted(fields) }) }))
    .toSorted((a, b) => (a.key < b.key ? -1 : 1))
  return JSON.stringify(ordered)
}
