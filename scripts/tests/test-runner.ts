import { spawn } from 'node:child_process'
import { availableParallelism, cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { outputOf } from './child-output.ts'
import { resultsOf, type FileResult } from './test-results.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const TOGETHER = fileURLToPath(new URL('tests-together.ts', import.meta.url))

/** How many files run at a time: so many always, and more while cores have nothing to do. */
export interface Jobs {
  readonly least: number
  readonly most: number
}

export interface RunnerOptions {
  /** Files of one group run in one process. */
  readonly groups: readonly (readonly string[])[]
  readonly jobs: Jobs
  readonly env: NodeJS.ProcessEnv
  readonly done: (result: FileResult, count: number) => void
  /** The part of all cores that did nothing since the last question, 0 to 1. */
  readonly idle?: () => number
}

/** A file that takes longer has come to a stop. */
const LONGEST_SECONDS = 600

export const CORES = availableParallelism()
/** Many files wait for what takes its time at Google too, and each may take some hundred megabytes. */
export const JOBS: Jobs = { least: CORES + 1, most: CORES + 6 }

const LOOK_MS = 250
/** Less is what the files that run may need in a moment: with all cores taken, what they wait for comes too late. */
const ENOUGH_IDLE = 0.2

/**
 * Runs groups of test files, each group in a process of its own. They are TAP programs as they are: tap's own runner would load its hooks
 * into each of them, and into every service that they start.
 */
export async function runTests(options: RunnerOptions): Promise<readonly FileResult[]> {
  const { groups, jobs, env, done, idle = idleCores() } = options
  const results: FileResult[] = []
  const left = [...groups]
  let running = 0
  return new Promise((resolve, reject) => {
    const begin = () => {
      const group = left.shift()
      if (group === undefined) return
      running += 1
      runGroup(group, env).then(ended, reject)
    }
    const ended = (some: readonly FileResult[]) => {
      running -= 1
      for (const result of some) {
        results.push(result)
        done(result, results.length)
      }
      if (running < jobs.least) begin()
      if (running === 0) finish()
    }
    const timer = setInterval(() => {
      if (idle() > ENOUGH_IDLE && running < jobs.most) begin()
    }, LOOK_MS)
    const finish = () => {
      clearInterval(timer)
      resolve(results)
    }
    for (let job = 0; job < jobs.least; job++) begin()
    if (running === 0) finish()
  })
}

function idleCores(): () => number {
  let before = sumOfTimes()
  return () => {
    const now = sumOfTimes()
    const [all, idle] = [now.all - before.all, now.idle - before.idle]
    before = now
    return all === 0 ? 0 : idle / all
  }
}

function sumOfTimes() {
  let [all, idle] = [0, 0]
  for (const { times } of cpus()) {
    idle += times.idle
    all += times.user + times.nice + times.sys + times.irq + times.idle
  }
  return { all, idle }
}

async function runGroup(files: readonly string[], env: NodeJS.ProcessEnv): Promise<readonly FileResult[]> {
  const began = performance.now()
  const child = spawn(process.execPath, files.length === 1 ? [...files] : [TOGETHER, ...files], {
    cwd: root,
    // tap ends a test that takes too long, and says which one
    env: { ...env, TAP_TIMEOUT: String(LONGEST_SECONDS) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  // of several files each may take as long, and tells when it ends; one that stands in a loop tells nothing, and tap's time never comes
  const timer = setTimeout(() => child.kill('SIGKILL'), (2 * LONGEST_SECONDS + 20) * 1000)
  child.stdout.on('data', () => timer.refresh())
  const { code, signal, output, cpuSeconds } = await outputOf(child)
  clearTimeout(timer)
  const ended = signal === null ? '' : `\n${files.join(', ')}: ended by ${signal}`
  const seconds = (performance.now() - began) / 1000
  return resultsOf({ files, output: output + ended, code, seconds, cpuSeconds })
}
