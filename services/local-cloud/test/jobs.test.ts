import t from 'tap'
import { Jobs } from '../src/bigquery/jobs.ts'
import { noRows } from '../src/bigquery/result-rows.ts'

const run = () => Promise.resolve({ statementType: 'SELECT' as const, fields: [], rows: noRows() })
const ONE = { type: 'QUERY', query: { query: 'SELECT 1' } } as const
const MINUTE = 60_000

t.test('a job is kept for ten minutes after it was asked for last', async (t) => {
  let now = 0
  const jobs = new Jobs(run, () => now)
  await jobs.insert('p', ONE, 'asked')
  await jobs.insert('p', ONE, 'forgotten')
  now = 9 * MINUTE
  jobs.sweep()
  t.ok(jobs.get('p', 'asked'))
  now = 11 * MINUTE
  jobs.sweep()
  t.ok(jobs.get('p', 'asked'))
  t.throws(() => jobs.get('p', 'forgotten'), { message: 'Not found: Job p:US.forgotten' })
  t.equal(jobs.list('p').length, 1)
})

t.test('of more than a hundred jobs the oldest goes', async (t) => {
  const jobs = new Jobs(run, () => 0)
  for (let n = 0; n <= 100; n++) await jobs.insert('p', ONE, `job${n}`)
  t.equal(jobs.list('p').length, 100)
  t.throws(() => jobs.get('p', 'job0'), /Not found/)
})
