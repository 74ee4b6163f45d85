import t from 'tap'
import { InFlight } from '../../src/threads/in-flight.ts'

t.test('what is under way is taken out once, by its id, and its place serves again', (t) => {
  const calls = new InFlight<string>()
  const [a, b] = [calls.add('a'), calls.add('b')]
  t.equal(calls.take(a), 'a')
  t.equal(calls.take(a), undefined)
  const c = calls.add('c')
  t.equal(calls.take(a), undefined, 'an answer that comes late is nobody’s')
  t.equal(calls.size, 2)
  t.same(calls.takeAll().toSorted(), ['b', 'c'])
  t.equal(calls.size, 0)
  for (const id of [b, c, 0, -1, Number.NaN]) t.equal(calls.take(id), undefined)
  t.end()
})
