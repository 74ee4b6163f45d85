import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { onlyLong } from './long-tests.ts'
import { skipped } from './skipped.ts'

const run = promisify(execFile)
const at = fileURLToPath(new URL('at.ts', import.meta.url))
const root = fileURLToPath(new URL('..', import.meta.url))
const LEAP_DAY_ENDS = '2028-02-29T23:59:50Z'

/** Tells the time here, in a thread and in a process that it starts. */
const TELLS = `
import { execFileSync } from 'node:child_process'
import { Worker } from 'node:worker_threads'
const say = 'console.log(new Date().toISOString(), Date.now() === +new Date(Date.now()), new Date(0).toISOString())'
new Function(say)()
new Worker(say, { eval: true }).on('exit', () => process.stdout.write(execFileSync(process.execPath, ['-e', say])))
`

t.test('a file that runs at another time is there with its threads and its processes', async (t) => {
  const folder = t.testdir({ 'tells.mjs': TELLS })
  const { stdout } = await run(process.execPath, [at, LEAP_DAY_ENDS, `${folder}/tells.mjs`])
  const lines = stdout.trimEnd().split('\n')
  t.equal(lines.length, 3)
  // a slow machine takes more than a moment, and no day
  for (const line of lines) t.match(line, /^2028-0(2-29|3-01)T\S+ true 1970-01-01T00:00:00\.000Z$/)
})

/** What counts days and hours back from now: such a test can be right at most hours, and wrong at the others. */
const FILES = ['test/end-to-end/console-events.test.ts', 'test/end-to-end/archive-with-gaps.test.ts']
const TIMES = [
  [LEAP_DAY_ENDS, 'Asia/Kolkata'],
  ['2026-12-31T06:50:00Z', 'America/Los_Angeles'],
  ['2027-03-01T00:00:30Z', 'UTC'],
] as const

const skip = skipped(onlyLong)
for (const [time, TZ] of TIMES)
  t.test(`what counts back from now is right at ${time}, in ${TZ}`, { skip }, async (t) => {
    await t.resolves(run(process.execPath, [at, time, ...FILES], { cwd: root, env: { ...process.env, TZ } }))
  })
