import t from 'tap'
import { untilDone } from '../../src/google/until-done.ts'

/** How often a job is asked for that takes so long, and when its end is heard of. Milliseconds. */
async function waitFor(takes: number) {
  let now = 5000
  const end = now + takes
  let looks = 0
  const look = () => {
    looks++
    now += 2
    return Promise.resolve({ status: { state: now >= end ? 'DONE' : 'RUNNING' } })
  }
  const sleep = (ms: number) => Promise.resolve((now += ms))
  const job = await untilDone(look, { now: () => now, sleep })
  return { job, looks, late: now - end }
}

t.test(
  'the end of a job is heard of soon, for what it took, and it is not asked for without end',
  async (t) => {
    for (const takes of [0, 10, 100, 1000, 3000, 10_000, 60_000, 600_000]) {
      const { job, looks, late } = await waitFor(takes)
      t.equal(job.status.state, 'DONE')
      t.ok(late <= 25 + Math.min(takes / 16, 2000), `${takes} ms: ${late} ms late`)
      t.ok(looks < 20 + 20 * Math.log2(1 + takes / 100) + takes / 1800, `${takes} ms: ${looks} looks`)
    }
  },
)

t.test('an error of a look is that of the wait', async (t) => {
  const error = new Error('no such job')
  await t.rejects(
    untilDone(() => Promise.reject(error), { now: () => 0, sleep: () => Promise.resolve() }),
    error,
  )
})
