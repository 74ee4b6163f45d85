import { randomUUID } from 'node:crypto'
import type { Column } from '@tablestream/table-schema'
import type { Portion } from '../formats/index.ts'
import type { StoredRows } from '../rows-options.ts'
import type { SourceLoad } from '../source-load.ts'
import { numbered, type LoadedAhead } from '../written.ts'
import { AheadTables } from './ahead-tables.ts'
import { wayOf } from './way.ts'

/** Load jobs that run meanwhile; of one type one. */
const MOST_JOBS = 2
/** BigQuery's jobs take longer than the rows that come meanwhile: then a job brings more of them. */
const OBJECTS_A_JOB = 8
/** A job for less is begun at the end alone: a project has 100,000 a day (docs: quotas, load jobs). */
const LEAST_BYTES = 16 << 20

/** What of a share was loaded while it was surveyed, by event type. Plain JSON. */
export type ShareLoaded = Readonly<Record<string, LoadedAhead>>

/** Of the object that says it. Where there is none, nothing was. */
export const loadedAheadName = ({ index }: Pick<Portion, 'index'>) => `staged-${numbered(index)}.json`

/** The objects of one share. */
export interface ShareAhead {
  readonly add: (rows: StoredRows) => void
  /** They are of no use, and nothing is said of them. */
  readonly leave: () => void
  /** No more come. It is noted which of them were loaded, as soon as that is known. */
  readonly end: () => void
}

interface Waiting extends StoredRows {
  readonly share: { isLeft: boolean }
  /** @param table undefined: it was not loaded */
  readonly settle: (table: string | undefined) => void
}

/**
 * Loads the rows that are made while a source is surveyed into tables of this process's own: BigQuery has nothing else to do then. What
 * counts is what `staged-…` says of a share when its rows are taken, which is known to be done. Whatever else is in the tables, of a
 * process that was killed or of columns that became others, is of a share that nobody reads there.
 *
 * A job that fails ends it: rows that were not loaded ahead are loaded when all is surveyed, and who does that tells what is wrong.
 */
export class LoadsAhead {
  readonly #source: SourceLoad
  readonly #id = randomUUID().slice(0, 8)
  readonly #tables: AheadTables
  readonly #leastBytes: number
  readonly #waiting = new Map<string, Waiting[]>()
  /** Types of which a job runs. */
  readonly #busy = new Set<string>()
  readonly #running = new Set<Promise<void>>()
  readonly #notes: Promise<unknown>[] = []
  #records = 0
  #bytes = 0
  #jobs = 0
  #hasFailed = false
  #isLast = false

  constructor(source: SourceLoad) {
    this.#source = source
    const { load, parts } = source
    this.#tables = new AheadTables(`_load_${load.loadId}_${this.#id}`, parts)
    this.#leastBytes = Math.min(LEAST_BYTES, parts.portionBytes / 2)
  }

  share({ index }: Pick<Portion, 'index'>): ShareAhead {
    const share = { isLeft: false }
    const loaded: Promise<{ readonly rows: StoredRows; readonly table: string | undefined }>[] = []
    return {
      add: (rows) => {
        if (share.isLeft) return
        this.#records += rows.rows
        this.#bytes += rows.bytes
        const { promise, resolve: settle } = Promise.withResolvers<string | undefined>()
        loaded.push(promise.then((table) => ({ rows, table })))
        const waiting = this.#waiting.get(rows.eventType) ?? []
        this.#waiting.set(rows.eventType, waiting)
        waiting.push({ ...rows, share, settle })
        this.#begin()
      },
      leave: () => {
        share.isLeft = true
        // a job may have brought rows of this share that are made anew
        this.#tables.close()
      },
      end: () => {
        const note = Promise.all(loaded).then((all) => {
          const types = loadedOf(index, all)
          if (Object.keys(types).length === 0) return undefined
          return this.#source.workshop.make<ShareLoaded>(loadedAheadName({ index }), types)
        })
        note.catch(() => undefined)
        this.#notes.push(note)
      },
    }
  }

  /** Loads what is left, and waits until all is noted. @throws what the workshop throws */
  async end(): Promise<void> {
    this.#isLast = true
    this.#begin()
    await Promise.all(this.#notes)
  }

  /** Begins no more jobs, and takes away its tables behind those that run, which would make them anew: nothing of the source will land. */
  async abandon(): Promise<void> {
    this.#hasFailed = true
    this.#begin()
    await Promise.all(this.#running)
    await this.drop()
  }

  /** Takes away its tables. */
  async drop(): Promise<void> {
    await this.#tables.drop()
  }

  /** Begins the jobs for which there is enough. */
  #begin(): void {
    const { streamBytes } = this.#source.parts
    const isLarge = wayOf({ records: this.#records, bytes: this.#bytes }, streamBytes).by === 'load jobs'
    for (const [eventType, all] of this.#waiting) {
      const waiting = all.filter(({ share }) => !share.isLeft)
      this.#waiting.set(eventType, waiting)
      if (this.#hasFailed || (this.#isLast && !isLarge))
        waiting.splice(0).forEach(({ settle }) => settle(undefined))
      const bytes = waiting.reduce((sum, each) => sum + each.bytes, 0)
      if (waiting.length === 0 || !isLarge || (bytes < this.#leastBytes && !this.#isLast)) continue
      if (this.#busy.has(eventType) || this.#busy.size >= MOST_JOBS) continue
      this.#busy.add(eventType)
      const job = this.#load(eventType, waiting.splice(0, OBJECTS_A_JOB)).finally(() =>
        this.#running.delete(job),
      )
      this.#running.add(job)
    }
  }

  async #load(eventType: string, batch: readonly Waiting[]): Promise<void> {
    let table: string | undefined
    try {
      table = await this.#run(eventType, batch)
    } catch {
      this.#hasFailed = true
    }
    for (const { settle } of batch) settle(table)
    this.#busy.delete(eventType)
    this.#begin()
  }

  async #run(eventType: string, batch: readonly Waiting[]): Promise<string> {
    const { parts, workshop, load } = this.#source
    const used = new Set(batch.flatMap((each) => [...each.used]))
    const columns: readonly Column[] = batch.at(-1)!.columns
    const { table, fields, grows } = await this.#tables.take(eventType, columns, used)
    const sourceUris = batch.map(({ object }) => workshop.uriOf(object))
    const name = `load_${load.loadId}_${this.#id}_${this.#jobs++}`
    await parts.warehouse.runOnce(name, { load: { sourceUris, table, fields, grows } })
    return table
  }
}

/** The types of which each row of the share is in a table. */
function loadedOf(
  share: number,
  all: readonly { readonly rows: StoredRows; readonly table: string | undefined }[],
): ShareLoaded {
  const types = Map.groupBy(all, ({ rows }) => rows.eventType)
  const whole = [...types].flatMap(([type, objects]) => {
    const tables = objects.map(({ table }) => table)
    if (tables.includes(undefined)) return []
    const names = objects.map(({ rows }) => rows.object)
    return [[type, { share, tables: [...new Set(tables)], objects: names }] as const]
  })
  return Object.fromEntries(whole) as ShareLoaded
}
