import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inGroups, oneByOne } from './test-groups.ts'
import { failureOf, type FileResult } from './test-results.ts'
import { CORES, JOBS, runTests } from './test-runner.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const TESTS = ['services/*/test/**/*.test.ts', 'test/**/*.test.ts']
/** Seconds that each file took last time on this machine. */
const TIMES = `${root}node_modules/.cache/tablestream/test-seconds.json`
const SHOWN_SLOW = 10

/** Where nothing was measured yet: those that take longest, the longest first. */
const SLOW = [
  'test/google/gcloud-storage.test.ts',
  'test/google/gcloud-and-bq.test.ts',
  'test/commands/first-hour.test.ts',
  'test/operations/terraform.test.ts',
  'test/chaos/chaos.test.ts',
  'test/operations/cleanup-environment.test.ts',
  'test/end-to-end/archiver-bad-days.test.ts',
  'test/operations/dockerfile.test.ts',
  'test/end-to-end/console.test.ts',
  'test/end-to-end/frozen-tables.test.ts',
  'test/end-to-end/slow-write-path.test.ts',
  'test/operations/terraform-errors.test.ts',
  'services/console/test/browser/page.test.ts',
  'services/console/test/browser/each-page.test.ts',
  'test/reconcile/tells-the-truth.test.ts',
  'test/end-to-end/fair-turns.test.ts',
  'test/reconcile/hostile-messages.test.ts',
  'test/operations/first-push.test.ts',
  'test/end-to-end/any-events.test.ts',
  'test/end-to-end/events-become-tables.test.ts',
  'test/end-to-end/every-event-is-accounted-for.test.ts',
  'test/scripts.test.ts',
  'test/soak/soak.test.ts',
  'test/reconcile/keys.test.ts',
  'test/operations/apply.test.ts',
  'test/laws/digits.test.ts',
]

/**
 * Runs all test files, or those in some folders, and prints of each how long it took, how much of the processor, and what failed.
 *
 * @param folders from the root of the repository; none: all
 * @returns whether all passed
 */
export async function runTestsIn(folders: readonly string[], env: NodeJS.ProcessEnv): Promise<boolean> {
  const all = globSync(TESTS, { cwd: root }).toSorted()
  const files = all.filter((file) => folders.length === 0 || folders.some((at) => file.startsWith(`${at}/`)))
  const known = readTimes()
  const guesses = Object.fromEntries(SLOW.map((file, place) => [file, 1000 - place]))
  const began = performance.now()
  const seconds = { ...guesses, ...known }
  // CI runs each file by itself: none may need what another one left
  const groups = env['LONG_TESTS'] === '1' ? oneByOne(files, seconds) : inGroups(files, seconds, CORES)
  const results = await runTests({
    groups,
    jobs: JOBS,
    env,
    done: (result, count) => tell(result, `${count}/${files.length}`),
  })
  mkdirSync(dirname(TIMES), { recursive: true })
  const times = Object.fromEntries(results.map((each) => [each.file, Math.round(each.seconds * 10) / 10]))
  writeFileSync(TIMES, JSON.stringify({ ...known, ...times }, null, 1))
  return summary(results, (performance.now() - began) / 1000)
}

function readTimes(): Readonly<Record<string, number>> {
  try {
    return JSON.parse(readFileSync(TIMES, 'utf8')) as Record<string, number>
  } catch {
    // the first run, or one that was cut off
    return {}
  }
}

function tell(result: FileResult, place: string): void {
  const { file, passed, seconds, cpuSeconds, skipped } = result
  const took = `${seconds.toFixed(1).padStart(6)} s ${cpuSeconds.toFixed(1).padStart(6)} s`
  console.log(`${place.padStart(8)}  ${passed ? 'ok   ' : 'FAILS'} ${took}  ${file}`)
  for (const what of skipped) console.log(`          skipped: ${what}`)
  if (!passed) console.log(failureOf(result))
}

function summary(results: readonly FileResult[], seconds: number): boolean {
  const failed = results.filter(({ passed }) => !passed)
  const asserts = results.reduce((sum, each) => sum + each.asserts, 0)
  const slowest = results.toSorted((a, b) => b.seconds - a.seconds).slice(0, SHOWN_SLOW)
  console.log(`\nslowest: ${slowest.map((each) => `${each.file} ${Math.round(each.seconds)} s`).join(', ')}`)
  const cpuSeconds = Math.round(results.reduce((sum, each) => sum + each.cpuSeconds, 0))
  const took = `${Math.round(seconds)} s, ${cpuSeconds} s of the processor`
  console.log(`${results.length} files, ${asserts} assertions, ${took}; ${failed.length} files failed`)
  for (const { file } of failed) console.log(`  npx tap ${file}`)
  return failed.length === 0
}
