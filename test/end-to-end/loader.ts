import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { DATASET, PROJECT, type Pipeline } from './pipeline.ts'

const LOAD = fileURLToPath(new URL('../../scripts/load.ts', import.meta.url))

export interface Loaded {
  /** Null where a signal ended it. */
  readonly code: number | null
  readonly output: string
}

export interface LoadTries {
  readonly env?: Readonly<Record<string, string>>
  /** Milliseconds until it is killed by SIGKILL. */
  readonly killAfterMs?: number
}

/** Makes the bucket in which loads keep what they have done. */
export async function makeLoadBucket({ cloud }: Pick<Pipeline, 'cloud'>): Promise<void> {
  const url = `${cloud.environment['STORAGE_EMULATOR_HOST']}/storage/v1/b?project=${PROJECT}`
  const body = JSON.stringify({ name: `${PROJECT}-dev-loads`, location: 'US' })
  const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`)
}

/** Runs the command as people do, in a process of its own. */
export async function runLoad(
  { cloud }: Pick<Pipeline, 'cloud'>,
  args: readonly string[],
  { env = {}, killAfterMs }: LoadTries = {},
): Promise<Loaded> {
  const child = spawn(process.execPath, [LOAD, ...args], {
    env: { ...process.env, ...cloud.environment, PROJECT_ID: PROJECT, DATASET, ENVIRONMENT: 'dev', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => (output += String(text)))
  const timer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs)
  const [code] = (await once(child, 'close')) as [number | null]
  clearTimeout(timer)
  return { code, output }
}
