import type { Socket } from 'node:net'
import { rmSync } from 'node:fs'
import { GoogleError } from '../google-error.ts'
import { StateFiles, type StateInfo } from './state-files.ts'

/** What a state is taken of, and put into. */
export interface Stage {
  /** Runs the work while nothing is written. */
  still(work: () => void): Promise<void>
  /** Ends all that there is, runs the work, and opens what is there then. @param but a connection that goes on */
  swap(work: () => void, but?: Socket): Promise<void>
  /** Another local-cloud in this process, on ports of its own. */
  open(dataFolder: string): Promise<Branch>
}

/** A local-cloud that goes its own way from a snapshot on. */
export interface Branch {
  readonly environment: Readonly<Record<string, string>>
  close(): Promise<void>
}

export interface BranchInfo {
  readonly name: string
  readonly environment: Readonly<Record<string, string>>
}

/** Named states of everything: topics, messages, tables, rows, objects. One change at a time. */
export class Snapshots {
  readonly #files: StateFiles | undefined
  readonly #stage: Stage
  readonly #branches = new Map<string, Branch & { readonly folder: string }>()
  #last: Promise<unknown> = Promise.resolve()

  /** @param dataFolder undefined: everything is in memory, and no state can be saved */
  constructor(dataFolder: string | undefined, stage: Stage) {
    this.#files = dataFolder === undefined ? undefined : new StateFiles(dataFolder)
    this.#stage = stage
  }

  list(): readonly StateInfo[] {
    return this.#files?.list() ?? []
  }

  /** @throws GoogleError FAILED_PRECONDITION without a data folder */
  save(name: string): Promise<void> {
    return this.#inTurn((files) => this.#stage.still(() => files.save(name)))
  }

  /** @throws GoogleError NOT_FOUND */
  restore(name: string, but?: Socket): Promise<void> {
    return this.#inTurn((files) => {
      files.prepare(name)
      return this.#stage.swap(() => files.replace(), but)
    })
  }

  delete(name: string): Promise<void> {
    return this.#inTurn(async (files) => files.delete(name))
  }

  branches(): readonly BranchInfo[] {
    return [...this.#branches].map(([name, { environment }]) => ({ name, environment }))
  }

  /** @throws GoogleError ALREADY_EXISTS where a branch of that name runs */
  branch(snapshot: string, name: string): Promise<BranchInfo> {
    return this.#inTurn(async (files) => {
      if (this.#branches.has(name)) throw new GoogleError('ALREADY_EXISTS', `There is a branch "${name}".`)
      const folder = files.branch(snapshot, name)
      const branch = await this.#stage.open(folder)
      this.#branches.set(name, { ...branch, folder })
      return { name, environment: branch.environment }
    })
  }

  /** Ends a branch, and drops what it has. */
  endBranch(name: string): Promise<void> {
    return this.#inTurn(async () => {
      const branch = this.#branches.get(name)
      if (!branch) throw new GoogleError('NOT_FOUND', `There is no branch "${name}".`)
      this.#branches.delete(name)
      await branch.close()
      rmSync(branch.folder, { recursive: true, force: true })
    })
  }

  async close(): Promise<void> {
    for (const { name } of this.branches()) await this.endBranch(name)
  }

  #inTurn<T>(work: (files: StateFiles) => Promise<T>): Promise<T> {
    const files = this.#files
    if (!files)
      throw new GoogleError(
        'FAILED_PRECONDITION',
        'Snapshots are copies of a data folder: start local-cloud with --data FOLDER.',
      )
    const done = this.#last.then(() => work(files))
    this.#last = done.catch(() => {})
    return done
  }
}
