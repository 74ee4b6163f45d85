import t from 'tap'
import { runOnce } from '../../src/google/run-once.ts'

interface Made {
  /** Ids that were asked for. */
  readonly asked: string[]
  readonly pauses: number[]
}

/** A project with these jobs; each new one ends with the next of these reasons, and without one well. */
function projectOf(there: Readonly<Record<string, string>>, reasons: string[]) {
  const made: Made = { asked: [], pauses: [] }
  const ends = new Map(Object.entries(there))
  const jobs = {
    create: (jobId: string) => {
      made.asked.push(jobId)
      if (ends.has(jobId)) return Promise.resolve(false)
      ends.set(jobId, reasons.shift() ?? '')
      return Promise.resolve(true)
    },
    ended: (jobId: string) => {
      const reason = ends.get(jobId)!
      const status = reason === '' ? {} : { errorResult: { reason, message: `it is ${reason}` } }
      return Promise.resolve({ jobId, status })
    },
    sleep: (ms: number) => Promise.resolve(made.pauses.push(ms)),
  }
  return { made, jobs }
}

t.test('a job that succeeded is not run again', async (t) => {
  const { made, jobs } = projectOf({ a_1: '' }, [])
  t.equal((await runOnce('a', jobs)).jobId, 'a_1')
  t.same(made.asked, ['a_1'])
})

t.test('one that failed before, for whatever reason, is run under the next number', async (t) => {
  const { made, jobs } = projectOf({ a_1: 'backendError', a_2: 'accessDenied' }, [])
  t.equal((await runOnce('a', jobs)).jobId, 'a_3')
  t.same(made.pauses, [])
})

t.test('what may pass is tried four times with longer and longer pauses', async (t) => {
  const passes = projectOf({}, ['jobRateLimitExceeded', 'backendError', 'internalError'])
  t.equal((await runOnce('a', passes.jobs)).jobId, 'a_4')
  const { pauses } = passes.made
  t.ok(pauses.length === 3 && pauses.every((pause, at) => pause >= 500 * 2 ** at), pauses.join())
  const stays = projectOf(
    { a_1: 'backendError' },
    Array.from({ length: 9 }, () => 'backendError'),
  )
  await t.rejects(runOnce('a', stays.jobs), {
    rule: 'job_failed',
    message: 'the job a_5 failed: it is backendError',
  })
})

t.test('what does not pass is told at once', async (t) => {
  const { made, jobs } = projectOf({}, ['invalid'])
  await t.rejects(runOnce('a', jobs), { rule: 'job_failed', message: 'the job a_1 failed: it is invalid' })
  t.same(made.asked, ['a_1'])
})
