import t from 'tap'
import { parsePolicies } from '../src/index.ts'

t.test('what is not said is the default; what a type does not say is taken from `default`', (t) => {
  t.same(parsePolicies('').of('anything'), {
    tables: 'evolve',
    columns: 'evolve',
    types: 'unmapped',
    column_limit: 10_000,
    duplicates: 'view',
    collisions: 'dead_letter',
    offsets: 'drop',
    require_partition_filter: false,
  })
  const policies = parsePolicies('{"default":{"columns":"freeze"},"order":{"types":"dead_letter"}}')
  t.match(policies.of('order'), { columns: 'freeze', types: 'dead_letter' })
  t.match(policies.of('other'), { columns: 'freeze', types: 'unmapped' })
  t.end()
})

t.test('every problem is told, with its type and value', (t) => {
  const bad = '{"order":{"columns":"maybe"},"other":{"column_limit":0,"colums":"freeze"}}'
  t.throws(() => parsePolicies(bad), { message: /order\/columns .*"maybe".*other.*column_limit/s })
  t.throws(() => parsePolicies('{'), { message: /no JSON/ })
  t.throws(() => parsePolicies('[]'), { message: /an object from event type to policy/ })
  t.throws(() => parsePolicies('{"order":"freeze"}'), { message: /an object from event type to policy/ })
  t.end()
})
