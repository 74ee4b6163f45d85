import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { resultsOf, type FileResult } from './test-results.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
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

const TICKS_PER_SECOND = 100

/** Seconds of the processor that processes took which this one started and which have ended. Linux alone tells it. */
function cpuSecondsOfChildren(): number {
  if (process.platform !== 'linux') return 0
  const text = readFileSync('/proc/self/stat', 'utf8')
  // the name of the program may hold anything, and stands in parentheses: proc_pid_stat(5), cutime and cstime
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND
}

let told = 0

/** Where it is asked at the end of each process that this one starts: what that process took, and what those took that it waited for. */
export function cpuSecondsOfEnded(): number {
  const all = cpuSecondsOfChildren()
  const seconds = all - told
  told = all
  return seconds
}

async function runGroup(files: readonly string[], env: NodeJS.ProcessEnv): Promise<readonly FileResult[]> {
  const began = performance.now()
  const child = spawn(process.execPath, files.length === 1 ? [...files] : [TOGETHER, ...files], {
    cwd: root,
    // tap ends a test that takes too long, and says which one
    env: { ...env, TAP_TIMEOUT: String(LONGEST_SECONDS) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const pieces: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => pieces.push(piece))
  let cpuSeconds = 0
  child.once('exit', () => (cpuSeconds = cpuSecondsOfEnded()))
  const timer = setTimeout(() => child.kill('SIGKILL'), (LONGEST_SECONDS + 20) * 1000)
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (...ended) => resolve(ended))
  })
  clearTimeout(timer)
  const ended = signal === null ? '' : `\n${files.join(', ')}: ended by ${signal}`
  const output = `${Buffer.concat(pieces).toString()}${ended}`
  return resultsOf({ files, output, code, seconds: (performance.now() - began) / 1000, cpuSeconds })
}
