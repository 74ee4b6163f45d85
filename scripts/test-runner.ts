import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** What came of one test file. */
export interface FileResult {
  readonly file: string
  readonly passed: boolean
  readonly seconds: number
  readonly asserts: number
  /** What was skipped, with the reason. */
  readonly skipped: readonly string[]
  /** All that it printed. */
  readonly output: string
}

export interface RunnerOptions {
  readonly files: readonly string[]
  readonly jobs: number
  readonly env: NodeJS.ProcessEnv
  readonly done: (result: FileResult, count: number) => void
}

/** A file that takes longer has come to a stop. */
const LONGEST_SECONDS = 300

/** More than there are cores: many files wait for what takes its time at Google too. */
export const JOBS = availableParallelism() + 2

/**
 * Runs test files, each in a process of its own. They are TAP programs as they are: tap's own runner would load its hooks into each of
 * them, and into every service that they start.
 */
export async function runTests({ files, jobs, env, done }: RunnerOptions): Promise<readonly FileResult[]> {
  const results: FileResult[] = []
  const left = [...files]
  const work = async () => {
    for (let file = left.shift(); file !== undefined; file = left.shift()) {
      const result = await runFile(file, env)
      results.push(result)
      done(result, results.length)
    }
  }
  await Promise.all(Array.from({ length: jobs }, work))
  return results
}

async function runFile(file: string, env: NodeJS.ProcessEnv): Promise<FileResult> {
  const began = performance.now()
  const child = spawn(process.execPath, [file], {
    cwd: root,
    // tap ends a test that takes too long, and says which one
    env: { ...env, TAP_TIMEOUT: String(LONGEST_SECONDS) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const pieces: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => pieces.push(piece))
  const timer = setTimeout(() => child.kill('SIGKILL'), (LONGEST_SECONDS + 20) * 1000)
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (...ended) => resolve(ended))
  })
  clearTimeout(timer)
  const ended = signal === null ? '' : `\n${file} was ended by ${signal}`
  const output = `${Buffer.concat(pieces).toString()}${ended}`
  return {
    file,
    // one that ended before it told its plan has said nothing
    passed: code === 0 && /^1\.\.\d/m.test(output),
    seconds: (performance.now() - began) / 1000,
    asserts: Number(/^# \{ total: (\d+)/m.exec(output)?.[1] ?? 0),
    skipped: [...output.matchAll(/^ *ok \d+ - (.* # SKIP.*)$/gm)].map(([, what]) => what!),
    output,
  }
}

/** Those first that take longest, so that none of them is left alone in the end. */
export function inOrder(files: readonly string[], seconds: Readonly<Record<string, number>>): string[] {
  return files.toSorted((a, b) => (seconds[b] ?? 0) - (seconds[a] ?? 0))
}

/** What a failed file printed, without what passed. */
export function failureOf({ output }: FileResult): string {
  const lines = output.split('\n')
  return lines.filter((line) => !/^ *(ok \d+|\d+\.\.\d+$|# Subtest|TAP version)/.test(line)).join('\n')
}
