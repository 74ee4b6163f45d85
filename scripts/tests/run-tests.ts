import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isLeftToCi } from './left-to-ci.ts'
import { FIRST_SECONDS } from './test-seconds.ts'
import { inGroups, oneByOne } from './test-groups.ts'
import { againOf, failureOf, type FileResult } from './test-results.ts'
import { CORES, JOBS, runTests } from './test-runner.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const TESTS = ['services/*/test/**/*.test.ts', 'test/**/*.test.ts']
/** Seconds that each file took last time on this machine. */
const TIMES = `${root}node_modules/.cache/tablestream/test-seconds.json`
const SHOWN_SLOW = 10
const LOAD_LIBRARIES = new URL('load-libraries.mjs', import.meta.url).href

/** All test files, or those below some folders of the repository. */
export function testFiles(folders: readonly string[] = []): readonly string[] {
  const all = globSync(TESTS, { cwd: root }).toSorted()
  return all.filter((file) => folders.length === 0 || folders.some((at) => file.startsWith(`${at}/`)))
}

/**
 * What a run takes of them.
 *
 * @param folders of the repository; none: all
 * @returns also what is left to CI where everything is asked for, and nobody says LONG_TESTS=1
 */
export function filesOfRun(
  folders: readonly string[],
  env: NodeJS.ProcessEnv,
): { readonly files: readonly string[]; readonly left: readonly string[] } {
  const files = testFiles(folders)
  if (folders.length > 0 || env['LONG_TESTS'] === '1') return { files, left: [] }
  return { files: files.filter((file) => !isLeftToCi(file)), left: files.filter(isLeftToCi) }
}

/** Seconds that files took last time on this machine, or on another one. */
export const knownSeconds = (): Readonly<Record<string, number>> => ({ ...FIRST_SECONDS, ...readTimes() })

/**
 * Runs test files, and prints of each how long it took, how much of the processor, and what failed.
 *
 * @returns whether all passed
 */
export async function runTestFiles(files: readonly string[], env: NodeJS.ProcessEnv): Promise<boolean> {
  const began = performance.now()
  const seconds = knownSeconds()
  const isLong = env['LONG_TESTS'] === '1'
  // CI runs each file by itself, services from their sources and libraries as they are: no file may need what another one left
  const groups = isLong ? oneByOne(files, seconds) : inGroups(files, seconds, CORES)
  const results = await runTests({
    groups,
    jobs: JOBS,
    env: isLong ? env : await withoutWaiting(env, files),
    done: (result, count) => tell(result, `${count}/${files.length}`),
  })
  mkdirSync(dirname(TIMES), { recursive: true })
  const times = Object.fromEntries(results.map((each) => [each.file, Math.round(each.seconds * 10) / 10]))
  writeFileSync(TIMES, JSON.stringify({ ...readTimes(), ...times }, null, 1))
  return summary(results, (performance.now() - began) / 1000)
}

/** What makes the processes of a run start sooner. */
async function withoutWaiting(env: NodeJS.ProcessEnv, files: readonly string[]): Promise<NodeJS.ProcessEnv> {
  // loaded here: -h waits for none of it
  const { oneFileLibraries } = await import('./one-file-libraries.ts')
  const { keptBundles } = await import('./kept-bundles.ts')
  const startsPipelines = files.some((file) => file.startsWith('test/end-to-end/'))
  return {
    ...env,
    LIBRARIES: await oneFileLibraries(),
    NODE_OPTIONS: `${env['NODE_OPTIONS'] ?? ''} --import=${LOAD_LIBRARIES}`.trim(),
    ...(startsPipelines && { BUNDLES: await keptBundles() }),
  }
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
  for (const result of failed) console.log(`  ${againOf(result)}`)
  return failed.length === 0
}
