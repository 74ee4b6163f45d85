// Which npm start uses a folder with data: told by a file in it, for npm stop and npm run status.
import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Listener } from './local-ports.ts'

export interface Running {
  readonly pid: number
  readonly started: string
  readonly ports: Readonly<Record<Listener, number>>
}

const root = fileURLToPath(new URL('..', import.meta.url))
const FILE = 'npm-start.json'

/** LOCAL_DATA, else .local; a relative path begins at the repository. */
export function dataFolder(given: string | undefined): string {
  return path.resolve(root, given ?? (process.env['LOCAL_DATA'] || '.local'))
}

export function writeRunning(folder: string, running: Running): void {
  writeFileSync(path.join(folder, FILE), `${JSON.stringify(running)}\n`)
}

export function removeRunning(folder: string): void {
  rmSync(path.join(folder, FILE), { force: true })
}

/** The npm start that uses the folder; undefined where none does, whatever one that was killed has left. */
export function readRunning(folder: string): Running | undefined {
  let running: Running
  try {
    running = JSON.parse(readFileSync(path.join(folder, FILE), 'utf8')) as Running
  } catch {
    // there is no file, or none that a start has written whole
    return undefined
  }
  return isNpmStart(running.pid) ? running : undefined
}

/** A number of a process is given again: it counts only where it is that program. */
function isNpmStart(pid: number): boolean {
  try {
    const command = execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
    return command.includes('scripts/start.ts')
  } catch {
    // ps knows no such process
    return false
  }
}
