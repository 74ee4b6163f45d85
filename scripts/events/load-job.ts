import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { isDeepStrictEqual } from 'node:util'

export interface JobCall {
  readonly projectId: string
  readonly region: string
  readonly tasks: number
  /** Of the command `load`, as the job's process gets them. */
  readonly args: readonly string[]
}

/** One of them stands between arguments, which gcloud reads as one text (gcloud topic escaping). */
const DELIMITERS = [',', '|', ';', '#', '~', '@@', '%%', '\u{1f}']

/** Sources that a task in the cloud can read: none is on this machine. */
export const isReadAnywhere = (source: string) => /^(gs:\/\/|published:|dead-letters:)/.test(source)

/** Arguments of gcloud that run the Cloud Run job of an environment (terraform/batch-loader.tf), and wait for its end. */
export function jobCall({ projectId, region, tasks, args }: JobCall): readonly string[] {
  const all = ['load.cjs', ...args]
  const isTold = (delimiter: string) => isDeepStrictEqual(all.join(delimiter).split(delimiter), all)
  const delimiter = DELIMITERS.find(isTold)
  if (delimiter === undefined)
    throw new Error(`the job cannot be told ${args.join(' ')}: each of ${DELIMITERS.join(' ')} is in it`)
  const joined = delimiter === ',' ? all.join(',') : `^${delimiter}^${all.join(delimiter)}`
  const where = [`--project=${projectId}`, `--region=${region}`]
  return [
    'run',
    'jobs',
    'execute',
    'batch-loader',
    ...where,
    `--tasks=${tasks}`,
    `--args=${joined}`,
    '--wait',
  ]
}

/** Starts the job, shows what gcloud says, and waits for its end. @returns the exit code @throws Error where there is no gcloud */
export async function runJob(call: JobCall): Promise<number> {
  const child = spawn('gcloud', jobCall(call), {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, CLOUDSDK_CORE_DISABLE_PROMPTS: '1' },
  })
  const failed = once(child, 'error').then(([error]) => {
    throw new Error('gcloud could not be started: is it installed?', { cause: error })
  })
  const ended = once(child, 'close') as Promise<[number | null]>
  const [code] = await Promise.race([ended, failed])
  return code === 0 ? 0 : 1
}
