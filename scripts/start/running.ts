// Which npm start uses a folder with data: told by a file in it, for npm stop and npm run status.
import { readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Listener } from '../target/local-ports.ts'
import { processMark } from './process-mark.ts'

export interface Running {
  readonly pid: number
  readonly started: string
  readonly ports: Readonly<Record<Listener, number>>
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const FILE = 'npm-start.json'

/** LOCAL_DATA, else .local; a relative path begins at the repository. */
export function dataFolder(given: string | undefined): string {
  return path.resolve(root, given ?? (process.env['LOCAL_DATA'] || '.local'))
}

/** As the file has it: the folder is told, since a copy of it is in nobody's use, and which process the number meant. */
interface Written extends Running {
  readonly folder: string
  readonly mark: string
}

export function writeRunning(folder: string, running: Running): void {
  const written: Written = {
    ...running,
    folder: realpathSync(folder),
    mark: processMark(running.pid) ?? '',
  }
  writeFileSync(path.join(folder, FILE), `${JSON.stringify(written)}\n`)
}

export function removeRunning(folder: string): void {
  rmSync(path.join(folder, FILE), { force: true })
}

/** The npm start that uses the folder; undefined where none does, whatever one that was killed has left. */
export function readRunning(folder: string): Running | undefined {
  let written: Written
  try {
    written = JSON.parse(readFileSync(path.join(folder, FILE), 'utf8')) as Written
  } catch {
    // there is no file, or none that a start has written whole
    return undefined
  }
  const { pid, started, ports } = written
  // in a container the numbers come again: one that was killed had ours
  if (pid === process.pid || written.folder !== realpathSync(folder)) return undefined
  const mark = processMark(pid)
  if (mark === undefined) return undefined
  // where nothing tells when a process began, one that runs counts: nobody's data are deleted under them
  return mark === '' || written.mark === '' || mark === written.mark ? { pid, started, ports } : undefined
}
