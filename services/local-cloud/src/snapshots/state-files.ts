import { constants, cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { GoogleError } from '../google-error.ts'

/** What of a data folder is about states, and part of none. */
const SNAPSHOTS = 'snapshots'
const BRANCHES = 'branches'
const INCOMING = 'restoring'
const OWN = new Set([SNAPSHOTS, BRANCHES, INCOMING])
/** Of one process: results of its queries. */
const PASSING = 'results'
const NAME = /^[a-z][a-z0-9-]{0,62}$/

export interface StateInfo {
  readonly name: string
  /** When it was saved. */
  readonly time: string
}

/** The files of a data folder, and the copies of them that have a name. */
export class StateFiles {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
    // branches end with their process, and what came in when one was killed is not whole
    for (const gone of [BRANCHES, INCOMING]) rmSync(join(folder, gone), { recursive: true, force: true })
  }

  list(): StateInfo[] {
    const folder = join(this.#folder, SNAPSHOTS)
    if (!existsSync(folder)) return []
    return readdirSync(folder)
      .filter((name) => NAME.test(name))
      .map((name) => ({ name, time: statSync(join(folder, name)).mtime.toISOString() }))
  }

  /** Copies all files as they are at this moment, in one go. One of the same name is replaced. */
  save(name: string): void {
    const beside = this.#path(`.${checked(name)}`)
    rmSync(beside, { recursive: true, force: true })
    try {
      copyFiles(this.#folder, beside)
    } catch (error) {
      rmSync(beside, { recursive: true, force: true })
      throw error
    }
    rmSync(this.#path(name), { recursive: true, force: true })
    renameSync(beside, this.#path(name))
  }

  /** First half of a restore: what may fail for want of space. */
  prepare(name: string): void {
    const incoming = join(this.#folder, INCOMING)
    rmSync(incoming, { recursive: true, force: true })
    copyFiles(this.#found(name), incoming)
  }

  /** Second half: nobody has the files open. */
  replace(): void {
    for (const entry of entriesOf(this.#folder))
      rmSync(join(this.#folder, entry), { recursive: true, force: true })
    const incoming = join(this.#folder, INCOMING)
    for (const entry of readdirSync(incoming)) renameSync(join(incoming, entry), join(this.#folder, entry))
    rmSync(incoming, { recursive: true, force: true })
  }

  /** @returns a data folder of its own, with what the state holds */
  branch(name: string, branch: string): string {
    const folder = join(this.#folder, BRANCHES, checked(branch))
    copyFiles(this.#found(name), folder)
    return folder
  }

  delete(name: string): void {
    rmSync(this.#found(name), { recursive: true, force: true })
  }

  #path(name: string): string {
    return join(this.#folder, SNAPSHOTS, name)
  }

  #found(name: string): string {
    const path = this.#path(checked(name))
    if (existsSync(path)) return path
    const names = this.list().map((state) => state.name)
    throw new GoogleError(
      'NOT_FOUND',
      `There is no snapshot "${name}": there are ${names.join(', ') || 'none'}.`,
    )
  }
}

function checked(name: string): string {
  if (NAME.test(name)) return name
  const rule = 'up to 63 lower-case letters, digits and dashes, a letter first'
  throw new GoogleError('INVALID_ARGUMENT', `A name has ${rule}, but is ${JSON.stringify(name)}.`)
}

const entriesOf = (folder: string): string[] => readdirSync(folder).filter((entry) => !OWN.has(entry))

function copyFiles(from: string, to: string): void {
  mkdirSync(to, { recursive: true })
  // where the file system can, the copy shares its blocks with the original until one of them changes
  const options = { recursive: true, mode: constants.COPYFILE_FICLONE }
  const entries = entriesOf(from).filter((entry) => entry !== PASSING)
  for (const entry of entries) cpSync(join(from, entry), join(to, entry), options)
}
