// The servers of `--local-cloud`: each in a process group of its own, of which one runs at a time.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { poll } from '../../scripts/poll.ts'
import { freePorts } from '../end-to-end/free-ports.ts'
import { cpuOf } from './measure.ts'

/** A server that is measured. */
export interface Server {
  readonly name: string
  readonly port: number
  /** Milliseconds from the start of its process to its first answer. */
  readonly readyMs: number
  /** CPU microseconds so far, of all its processes. */
  cpu(): number
  /** Megabytes of its processes. */
  rss(): number
  /** Stops it from taking CPU, without an end. */
  pause(): void
  goOn(): void
  stop(): void
}

/** @param cli the packed command */
export function startLocalCloud(cli: string): Promise<Server> {
  return start('local-cloud', (port) => [process.execPath, [cli, '--port', String(port)]])
}

/** Undefined where it is not installed: gcloud's component pubsub-emulator, and Java. */
export async function startEmulator(): Promise<Server | undefined> {
  const args = ['beta', 'emulators', 'pubsub']
  if (spawnSync('gcloud', [...args, '--help'], { stdio: 'ignore' }).status !== 0) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'pubsub-emulator-'))
  const options = (port: number) => ['start', `--host-port=127.0.0.1:${port}`, `--data-dir=${folder}`]
  try {
    const server = await start('Google’s emulator', (port) => ['gcloud', [...args, ...options(port)]])
    const stop = () => {
      server.stop()
      rmSync(folder, { recursive: true, force: true })
    }
    return { ...server, stop }
  } catch (error) {
    console.log((error as Error).message)
    rmSync(folder, { recursive: true, force: true })
    return undefined
  }
}

type CommandLine = readonly [program: string, args: readonly string[]]

async function start(name: string, command: (port: number) => CommandLine): Promise<Server> {
  const [port] = await freePorts(1)
  const [program, args] = command(port!)
  const began = performance.now()
  const child = spawn(program, [...args], { stdio: 'ignore', detached: true })
  const signal = (which: NodeJS.Signals) => {
    try {
      process.kill(-child.pid!, which)
    } catch {
      // it has ended
    }
  }
  try {
    await poll(() => answers(child, port!, name), { timeoutMs: 60_000, everyMs: 5, what: name })
  } catch (error) {
    signal('SIGKILL')
    throw error
  }
  const readyMs = performance.now() - began
  return {
    name,
    port: port!,
    readyMs,
    cpu: () => groupOf(child.pid!).reduce((sum, pid) => sum + (cpuOf(pid) ?? 0), 0),
    rss: () => groupOf(child.pid!).reduce((sum, pid) => sum + rssOf(pid), 0),
    pause: () => signal('SIGSTOP'),
    goOn: () => signal('SIGCONT'),
    stop: () => signal('SIGKILL'),
  }
}

async function answers(child: ChildProcess, port: number, name: string): Promise<true | undefined> {
  if (child.exitCode !== null) throw new Error(`${name} does not start: it ended with ${child.exitCode}`)
  try {
    const response = await fetch(`http://127.0.0.1:${port}/`)
    await response.arrayBuffer()
    return response.ok || undefined
  } catch {
    // nobody listens yet
    return undefined
  }
}

/** gcloud starts Java: all the processes of the group. */
function groupOf(leader: number): number[] {
  return globSync('/proc/[0-9]*/stat').flatMap((file) => {
    const [head = '', rest = ''] = textOf(file).split(') ')
    return Number(rest.split(' ')[2]) === leader ? [Number.parseInt(head, 10)] : []
  })
}

const rssOf = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(textOf(`/proc/${pid}/status`))?.[1] ?? 0) / 1000

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    // a process that has ended meanwhile
    return ''
  }
}
