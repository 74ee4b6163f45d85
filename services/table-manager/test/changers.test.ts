import { parsePolicies } from '@tablestream/contract'
import t from 'tap'
import { Changers } from '../src/changers.ts'
import { event } from './changer.ts'
import { FakeTables } from './fake-tables.ts'

const options = (tables: FakeTables) => ({ tables, cacheMs: 1e9, now: Date.now, mostTables: 4 })

t.test('of too many tables those go that were not used for the longest time', (t) => {
  const changers = new Changers(options(new FakeTables()), parsePolicies(''))
  const [a, b] = [changers.of('a'), changers.of('b')]
  changers.of('c')
  changers.of('d')
  t.equal(changers.of('a'), a)
  changers.of('e')
  t.equal(changers.of('a'), a, 'it was used lately')
  t.not(changers.of('b'), b)
  t.end()
})

t.test('one at work is never let go: a second one would change its table at the same time', async (t) => {
  const tables = new FakeTables()
  let go = () => {}
  const read = tables.read.bind(tables)
  tables.read = () => new Promise<void>((resolve) => (go = resolve)).then(read)
  const changers = new Changers(options(tables), parsePolicies(''))
  const working = changers.of('a')
  const result = working.fit(event({ a: 1 }))
  for (const type of ['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i']) changers.of(type)
  t.equal(changers.of('a'), working)
  t.ok(changers.size <= 5, `${changers.size} are known`)
  go()
  t.match(await result, { outcome: 'created' })
})

t.test('when the service stops, what hangs is given back within its grace', async (t) => {
  const tables = new FakeTables()
  tables.read = () => new Promise(() => {})
  const changers = new Changers(options(tables), parsePolicies(''))
  const given = t.rejects(changers.of('a').fit(event({ a: 1 })), { message: /service stops/ })
  await changers.stop(50)
  await given
})
