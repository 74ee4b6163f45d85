import t from 'tap'
import { many, some } from './long-tests.ts'

const ALL = ['a', 'b', 'c', 'd', 'e', 'f', 'g']

t.test('some cases are tried each time, in their order, and each has its turn', (t) => {
  // with a seed they are the same each time
  delete process.env['SEED']
  const turns = Array.from({ length: 200 }, () => some(ALL, 3))
  for (const tried of turns) {
    if (tried.length !== many(ALL.length, 3)) t.fail(`${tried.length} cases`)
    if (tried.join() !== ALL.filter((each) => tried.includes(each)).join())
      t.fail(`in another order: ${tried.join()}`)
  }
  t.same([...new Set(turns.flat())].toSorted(), ALL)
  t.end()
})

t.test('where there are no more than some, all are tried', (t) => {
  for (const few of [7, 8]) t.same(some(ALL, few), ALL)
  t.same(some([], 1), [])
  t.end()
})
