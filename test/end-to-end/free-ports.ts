import { randomInt } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Below those that systems give to connections (Linux from 32768): none of these takes a port before its server does. */
const FIRST = 10_000
const LAST = 32_000
/** A file for each port that a process has, with its id: many tests run at a time, each for itself. */
const TAKEN = join(tmpdir(), `tablestream-ports-${process.getuid?.() ?? 'tests'}`)

const mine = new Set<string>()

/**
 * Ports that nobody listens on, for servers that are started in a moment. No other test gets one of them before this process ends: not
 * until its server listens, and not while that is started again.
 */
export async function freePorts(count: number): Promise<number[]> {
  mkdirSync(TAKEN, { recursive: true })
  const servers: net.Server[] = []
  while (servers.length < count) {
    const port = randomInt(FIRST, LAST)
    const server = take(port) ? await listen(port) : undefined
    if (server) servers.push(server)
  }
  const ports = servers.map((server) => (server.address() as net.AddressInfo).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

/** @returns false where another process has it, or had it until now */
function take(port: number): boolean {
  const file = join(TAKEN, String(port))
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    if (!isThere(file)) rmSync(file, { force: true })
    return false
  }
  if (mine.size === 0) process.once('exit', giveBack)
  mine.add(file)
  return true
}

function giveBack(): void {
  for (const file of mine) rmSync(file, { force: true })
}

/** Whether the process of this file is there: one that was killed takes no file away. */
function isThere(file: string): boolean {
  try {
    return process.kill(Number(readFileSync(file, 'utf8')), 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** undefined: somebody has the port. */
function listen(port: number): Promise<net.Server | undefined> {
  const server = net.createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(undefined))
    server.listen(port, '127.0.0.1', () => resolve(server))
  })
}
