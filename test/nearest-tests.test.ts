import t from 'tap'
import { isNear, nearestFirst } from '../scripts/tests/nearest-tests.ts'
import { testFiles } from '../scripts/tests/run-tests.ts'

const files = testFiles(['services/table-schema/test'])
const CHANGED = 'services/table-schema/src/types/calendar.ts'
const OWN = 'services/table-schema/test/types/calendar.test.ts'

t.test('tests that load what changed run first, and others while there is time', (t) => {
  const [first, ...others] = nearestFirst(files, [CHANGED], {}, 1000)
  t.equal(first, OWN)
  t.same([OWN, ...others].toSorted(), files)
  t.same(nearestFirst(files, [CHANGED], {}, 0), [OWN], 'one at least')
  t.same(nearestFirst(files, [OWN], {}, 0), [OWN], 'a test that changed itself')
  t.end()
})

t.test('of those as near as each other the quickest run first', (t) => {
  const changed = ['services/table-schema/src/index.ts']
  const seconds = { ...Object.fromEntries(files.map((file) => [file, 2])), [OWN]: 100 }
  const some = nearestFirst(files, changed, seconds, 50)
  t.notOk(some.includes(OWN))
  t.ok(some.length > 1)
  t.end()
})

t.test('of those that load all of a package those run first that speak of what changed', (t) => {
  const ofCloud = testFiles(['services/local-cloud/test'])
  const first = (changed: string) => nearestFirst(ofCloud, [`services/local-cloud/src/${changed}`], {}, 1)
  const areOf = (changed: string, folder: string) =>
    first(changed).every((file) => file.startsWith(`services/local-cloud/test/${folder}/`))
  t.ok(areOf('pubsub/subscriptions/pull.ts', 'pubsub'))
  t.ok(areOf('storage/rest-objects.ts', 'storage'))
  t.equal(
    first('bigquery/store/row-buffer.ts')[0],
    'services/local-cloud/test/bigquery/store/row-buffer.test.ts',
  )
  // nobody imports it: it is run
  t.ok(first('cli/main.ts').length < ofCloud.length)
  t.end()
})

t.test('what takes too long leaves its time to others', (t) => {
  const [long, ...others] = nearestFirst(files, [CHANGED], {}, 1000)
  const some = nearestFirst(files, [CHANGED], { [others[0]!]: 1000 }, 1)
  t.equal(some[0], long)
  t.notOk(some.includes(others[0]!))
  t.ok(some.length > 1)
  t.end()
})

t.test('what changed elsewhere is near to none of them, and then the quickest run', (t) => {
  const elsewhere = ['docs/architecture.md']
  t.notOk(isNear(files, elsewhere))
  t.ok(isNear(files, [CHANGED]))
  t.ok(isNear(files, ['services/table-schema/README.md']), 'it is of their package')
  const slow = Object.fromEntries(files.map((file) => [file, 100]))
  t.same(nearestFirst(files, elsewhere, { ...slow, [OWN]: 1 }, 0), [OWN])
  t.end()
})
