import { destination } from '@tablestream/contract'
import { Pace } from '@tablestream/service-kit'
import { column } from '@tablestream/table-schema'
import t from 'tap'
import { Calls } from '../../src/bigquery/calls.ts'
import { NewTables } from '../../src/bigquery/new-tables.ts'

const quota = Object.assign(new Error('too many'), { code: 403, errors: [{ reason: 'rateLimitExceeded' }] })
const exists = Object.assign(new Error('Already Exists'), { code: 409 })

/** Five tables may be inserted at once, and then no more: the clock stands still, but where another one is given. */
function newTables(insert: () => Promise<object> = () => Promise.resolve({ etag: 'e' }), now = () => 0) {
  const asked: string[] = []
  const calls = new Calls({ atOnce: 10, timeoutMs: 10_000 })
  const made = new NewTables({
    datasetPath: 'p.d',
    inserts: new Pace(5, now),
    statements: new Pace(1000),
    insert: (table) => {
      asked.push(`insert ${table}`)
      return insert()
    },
    run: (statement) => {
      asked.push(statement.slice(0, 23))
      return Promise.resolve()
    },
  })
  const create = (table: string, columns = [column('event_date', 'DATE')]) =>
    made.table(destination(table), columns, {}, calls)
  return { asked, create, view: () => made.view('v', 'SELECT 1', calls), made, calls }
}

t.test(
  'the first tables are inserted, those that would be too many in a second are made by statements',
  async (t) => {
    const { asked, create } = newTables()
    const states = []
    for (let n = 0; n < 7; n++) states.push(await create(`t${n}`))
    t.same(asked, [
      'insert t0',
      'insert t1',
      'insert t2',
      'insert t3',
      'insert t4',
      ...[5, 6].map((n) => `CREATE TABLE \`p.d.t${n}\` (`),
    ])
    t.match(states[0], { etag: 'e' })
    t.match(states[6], {
      etag: undefined,
      isPartitioned: true,
      fields: [{ name: 'event_date', type: 'DATE' }],
    })
  },
)

t.test('where other instances have used up the quota, a statement makes the table', async (t) => {
  const { asked, create } = newTables(() => Promise.reject(quota))
  await create('t0')
  t.same(asked, ['insert t0', 'CREATE TABLE `p.d.t0` ('])
})

t.test('whoever was faster is told, and not asked for again', async (t) => {
  const { asked, create } = newTables(() => Promise.reject(exists))
  await t.rejects(create('t0'), { code: 409 })
  t.same(asked, ['insert t0'])
})

t.test('a table that is too wide for a statement waits for its turn to be inserted', async (t) => {
  const { asked, create } = newTables(undefined, () => performance.now())
  for (let n = 0; n < 5; n++) await create(`t${n}`)
  const wide = Array.from({ length: 4000 }, (_, n) => column(`${'long_name_'.repeat(28)}${n}`, 'STRING'))
  await create('wide', wide)
  t.equal(asked.at(-1), 'insert wide')
})

t.test('a view is a statement; a table that nobody waits for may be there', async (t) => {
  const { asked, view, made, calls } = newTables(() => Promise.reject(exists))
  await view()
  await made.tableInBackground('schema_changes', {}, calls)
  t.same(asked, ['CREATE VIEW `p.d.v` AS ', 'insert schema_changes'])
})
