import { parsePolicies } from '@tablestream/contract'
import t from 'tap'
import { TableQueues } from '../../src/queue/table-queues.ts'
import { event } from './queue-of.ts'
import { FakeTables } from './fake-tables.ts'

const options = (tables: FakeTables) => ({ tables, cacheMs: 1e9, now: Date.now, mostTables: 4 })

t.test('of too many tables those go that were not used for the longest time', (t) => {
  const queues = new TableQueues(options(new FakeTables()), parsePolicies(''))
  const [a, b] = [queues.of('a'), queues.of('b')]
  queues.of('c')
  queues.of('d')
  t.equal(queues.of('a'), a)
  queues.of('e')
  t.equal(queues.of('a'), a, 'it was used lately')
  t.not(queues.of('b'), b)
  t.end()
})

t.test('one at work is never let go: a second one would change its table at the same time', async (t) => {
  const tables = new FakeTables()
  let go = () => {}
  const read = tables.read.bind(tables)
  tables.read = () => new Promise<void>((resolve) => (go = resolve)).then(read)
  const queues = new TableQueues(options(tables), parsePolicies(''))
  const working = queues.of('a')
  const result = working.fit(event({ a: 1 }))
  for (const type of ['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i']) queues.of(type)
  t.equal(queues.of('a'), working)
  t.ok(queues.size <= 5, `${queues.size} are known`)
  go()
  t.match(await result, { outcome: 'created' })
})

t.test('when the service stops, what hangs is given back within its grace', async (t) => {
  const tables = new FakeTables()
  tables.read = () => new Promise(() => {})
  const queues = new TableQueues(options(tables), parsePolicies(''))
  const given = t.rejects(queues.of('a').fit(event({ a: 1 })), { message: /service stops/ })
  await queues.stop(50)
  await given
})
