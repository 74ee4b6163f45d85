import type { ChildProcessByStdio } from 'node:child_process'
import type { Readable } from 'node:stream'
import { procStat } from '../start/process-mark.ts'

/** A process that has ended, and all that it printed. */
export interface ChildOutput {
  readonly output: string
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** Of the processor: its own and of those that it waited for; 0 where the system does not tell it. */
  readonly cpuSeconds: number
}

const TICKS_PER_SECOND = 100

let told = 0

/**
 * Gathers what a child prints until its end. Each child of this process goes through here: what it took of the processor is what all
 * children took since the last one ended.
 *
 * @throws Error where it cannot be started
 */
export async function outputOf(child: ChildProcessByStdio<null, Readable, Readable>): Promise<ChildOutput> {
  const pieces: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => pieces.push(piece))
  let cpuSeconds = 0
  child.once('exit', () => (cpuSeconds = cpuSecondsOfEnded()))
  const { promise, resolve, reject } = Promise.withResolvers<Pick<ChildOutput, 'code' | 'signal'>>()
  child.once('error', reject)
  child.once('close', (code, signal) => resolve({ code, signal }))
  const ended = await promise
  return { ...ended, output: Buffer.concat(pieces).toString(), cpuSeconds }
}

function cpuSecondsOfEnded(): number {
  const all = cpuSecondsOfChildren()
  const seconds = all - told
  told = all
  return seconds
}

/** Of those that have ended: cutime and cstime of proc_pid_stat(5). Linux alone tells it. */
function cpuSecondsOfChildren(): number {
  if (process.platform !== 'linux') return 0
  const fields = procStat('self')
  return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND
}
