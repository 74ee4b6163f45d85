import { column, columnAt } from '@tablestream/table-schema'
import t from 'tap'
import { additionKey, Refusals, wideningKey } from '../../src/apply/refusals.ts'

t.test('what was refused is remembered for five minutes', (t) => {
  const clock = { now: 0 }
  const refusals = new Refusals(() => clock.now)
  t.equal(refusals.isEmpty, true)
  refusals.remember(wideningKey('a', 'NUMERIC'), 'no')
  t.equal(refusals.reasonOf(wideningKey('a', 'NUMERIC')), 'no')
  t.equal(refusals.reasonOf(wideningKey('a', 'FLOAT64')), undefined)
  clock.now = 5 * 60_000
  t.equal(refusals.reasonOf(wideningKey('a', 'NUMERIC')), undefined)
  t.end()
})

t.test('of very many the oldest are forgotten', (t) => {
  const refusals = new Refusals(() => 0)
  for (let n = 0; n <= 1000; n++) refusals.remember(String(n), 'no')
  t.equal(refusals.reasonOf('0'), undefined)
  t.equal(refusals.reasonOf('1'), 'no')
  t.end()
})

t.test(
  'a change has the same name whatever the order of its columns, and another one with another type',
  (t) => {
    const columns = [column('a', 'INT64'), column('b', 'STRING')]
    const key = (added: string[], of = columns) => additionKey(of, { added, relaxed: [] })
    t.equal(key(['a', 'b']), key(['b', 'a']))
    t.not(key(['a']), key(['a'], [column('a', 'STRING')]))
    t.end()
  },
)

t.test('a column is found by its path', (t) => {
  const columns = [{ ...column('r', 'RECORD'), fields: [column('a', 'INT64')] }]
  t.match(columnAt(columns, 'r.a'), { type: 'INT64' })
  t.equal(columnAt(columns, 'r.b'), undefined)
  t.end()
})

t.test('a change of very many columns is remembered by what it hashes to', (t) => {
  const refusals = new Refusals(() => 0)
  refusals.remember('x'.repeat(100_000), 'no')
  t.equal(refusals.reasonOf('x'.repeat(100_000)), 'no')
  t.equal(refusals.reasonOf('x'.repeat(99_999)), undefined)
  t.end()
})
