import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { failureOf, inOrder, JOBS, runTests, type FileResult } from './test-runner.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const TESTS = ['services/*/test/**/*.test.ts', 'test/**/*.test.ts']
/** Seconds that each file took last time on this machine. */
const TIMES = `${root}node_modules/.cache/tablestream/test-seconds.json`
const SHOWN_SLOW = 10

/** Where nothing was measured yet: those that take longest, the longest first. */
const SLOW = [
  'test/end-to-end/slow-write-path.test.ts',
  'test/chaos/chaos.test.ts',
  'test/end-to-end/every-event-is-accounted-for.test.ts',
  'test/end-to-end/fair-turns.test.ts',
  'test/end-to-end/events-become-tables.test.ts',
  'test/google/gcloud-and-bq.test.ts',
  'test/end-to-end/dead-letters.test.ts',
  'test/end-to-end/labelled-trouble.test.ts',
  'test/end-to-end/many-tables.test.ts',
  'test/commands/first-hour.test.ts',
]

/**
 * Runs all test files, or those in some folders, and prints what failed.
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
  const results = await runTests({
    files: inOrder(files, { ...guesses, ...known }),
    jobs: Math.min(JOBS, files.length),
    env,
    done: (result, count) => tell(result, `${count}/${files.length}`),
  })
  mkdirSync(dirname(TIMES), { recursive: true })
  const times = Object.fromEntries(results.map(({ file, seconds }) => [file, Math.round(seconds * 10) / 10]))
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
  const { file, passed, seconds, skipped } = result
  console.log(
    `${place.padStart(8)}  ${passed ? 'ok   ' : 'FAILS'} ${seconds.toFixed(1).padStart(6)} s  ${file}`,
  )
  for (const what of skipped) console.log(`          skipped: ${what}`)
  if (!passed) console.log(failureOf(result))
}

function summary(results: readonly FileResult[], seconds: number): boolean {
  const failed = results.filter(({ passed }) => !passed)
  const asserts = results.reduce((sum, each) => sum + each.asserts, 0)
  const slowest = results.toSorted((a, b) => b.seconds - a.seconds).slice(0, SHOWN_SLOW)
  console.log(`\nslowest: ${slowest.map((each) => `${each.file} ${Math.round(each.seconds)} s`).join(', ')}`)
  console.log(
    `${results.length} files, ${asserts} assertions, ${Math.round(seconds)} s; ${failed.length} files failed`,
  )
  for (const { file } of failed) console.log(`  npx tap ${file}`)
  return failed.length === 0
}
