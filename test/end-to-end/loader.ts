import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import {
  loadCommand,
  loadSources,
  rewindCommand,
  type Account,
  type LoadParts,
  type OpenRewoundTable,
  type Output,
} from '@tablestream/batch-loader'
import { LOAD_OPTIONS, REWIND_OPTIONS } from '@tablestream/batch-loader/arguments'
import { rewoundTable } from '../../scripts/events/rewound-table.ts'
import { nodeFlags } from '../../scripts/start/service-process.ts'
import { DATASET, PROJECT, type Pipeline } from './pipeline.ts'

const pathOf = (script: string) => fileURLToPath(new URL(`../../scripts/${script}.ts`, import.meta.url))

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
export function runLoad(
  pipeline: Pick<Pipeline, 'cloud'>,
  args: readonly string[],
  tries: LoadTries = {},
): Promise<Loaded> {
  return runCommand('load', pipeline, args, tries)
}

/** @param script of scripts/, without its ending */
export async function runCommand(
  script: string,
  { cloud }: Pick<Pipeline, 'cloud'>,
  args: readonly string[],
  { env = {}, killAfterMs }: LoadTries = {},
): Promise<Loaded> {
  const child = spawn(process.execPath, [...nodeFlags('batch-loader'), pathOf(script), ...args], {
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

/** Points Google's clients of this process at a pipeline. @returns what undoes it */
export function usePipeline({ cloud }: Pick<Pipeline, 'cloud'>): () => void {
  Object.assign(process.env, cloud.environment)
  return () => Object.keys(cloud.environment).forEach((name) => delete process.env[name])
}

/** What became of the records of one source, by event type. */
export async function accountsOf(source: string, parts: LoadParts): Promise<readonly Account[]> {
  const [report] = await Array.fromAsync(loadSources([source], parts))
  if (!report || !('accounts' in report)) throw new Error(`${source}: ${report?.outcome}`, { cause: report })
  return report.accounts
}

/** `npm run load` in this process, which points at the pipeline: without the start of a process. */
export function loadHere(args: readonly string[]): Promise<Loaded> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: LOAD_OPTIONS,
    allowPositionals: true,
  })
  return here((output, env) => loadCommand({ sources: positionals, ...values }, output, env))
}

/** `npm run rewind` likewise. */
export function rewindHere(
  args: readonly string[],
  openTable: OpenRewoundTable = (options) => rewoundTable(PROJECT, DATASET, options),
): Promise<Loaded> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: REWIND_OPTIONS,
    allowPositionals: true,
  })
  const { since = '' } = values
  return here((output, env) =>
    rewindCommand({ ...values, table: positionals[0]!, since }, output, env, openTable),
  )
}

async function here(run: (output: Output, env: Record<string, string>) => Promise<number>): Promise<Loaded> {
  const lines: string[] = []
  const output = { print: (text: string) => lines.push(text), write: () => {}, isTerminal: false }
  const { STORAGE_WRITE_ENDPOINT = '' } = process.env
  const code = await run(output, { PROJECT_ID: PROJECT, DATASET, STORAGE_WRITE_ENDPOINT })
  return { code, output: lines.join('\n') }
}
