import t from 'tap'
import { jobResource } from '../../../src/bigquery/jobs/job-resource.ts'
import { queryResponse } from '../../../src/bigquery/jobs/job-response.ts'
import { Jobs } from '../../../src/bigquery/jobs/jobs.ts'
import { noRows } from '../../../src/bigquery/results/result-rows.ts'

const run = () => Promise.resolve({ statementType: 'SELECT' as const, fields: [], rows: noRows() })
const ONE = { type: 'QUERY', query: { query: 'SELECT 1' } } as const
const MINUTE = 60_000
const insert = async (jobs: Jobs, jobId: string) => (await jobs.insert('p', ONE, { jobId })).within(MINUTE)

t.test('a job is kept for ten minutes after it was asked for last', async (t) => {
  let now = 0
  const jobs = new Jobs(run, () => now)
  await insert(jobs, 'asked')
  await insert(jobs, 'forgotten')
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
  for (let n = 0; n <= 100; n++) await insert(jobs, `job${n}`)
  t.equal(jobs.list('p').length, 100)
  t.throws(() => jobs.get('p', 'job0'), /Not found/)
})

t.test('a job that runs is answered as such to whoever does not wait, and cannot be deleted', async (t) => {
  let end = () => {}
  const jobs = new Jobs(
    async () => {
      await new Promise<void>((resolve) => (end = resolve))
      return run()
    },
    () => 0,
  )
  const job = await jobs.insert('p', ONE, { jobId: 'slow' })
  await job.within(1)
  t.match(await queryResponse(job, { format: { timestamps: 'INT64' } }), { jobComplete: false })
  t.match(jobResource(job), { status: { state: 'RUNNING' } })
  t.throws(() => jobs.delete('p', 'slow'), /is running/)
  end()
  await job.within(MINUTE)
  t.match(await queryResponse(job, { format: { timestamps: 'INT64' } }), { jobComplete: true })
  t.match(jobResource(job), { status: { state: 'DONE' } })
})

t.test('a job is found in its location, and without one in US and EU', async (t) => {
  const jobs = new Jobs(run, () => 0)
  await jobs.insert('p', ONE, { jobId: 'far', location: 'asia-northeast1' })
  await jobs.insert('p', ONE, { jobId: 'near', location: 'EU' })
  t.ok(jobs.get('p', 'near'))
  t.ok(jobs.get('p', 'far', 'ASIA-NORTHEAST1'))
  t.throws(() => jobs.get('p', 'far'), { message: 'Not found: Job p:US.far' })
  t.throws(() => jobs.get('p', 'far', 'US'), { message: 'Not found: Job p:US.far' })
})
