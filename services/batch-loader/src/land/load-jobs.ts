import type { Column } from '@tablestream/table-schema'
import { ownOf } from '../own-of.ts'
import type { SourceLoad } from '../source-load.ts'
import { numbered, type Written } from '../written.ts'
import type { JobResult } from '../google/bigquery.ts'
import { stagingFields } from './fields.ts'
import { stagingNames } from '../row/staging-names.ts'
import { collisionsQuery, daysOf, insertStatement, type InsertParts } from './insert-statement.ts'
import { landedName, typesIn, type Inserted, type LandingWay, type RowsToLand } from './landing.ts'
import type { Run } from './run.ts'

/** What is left behind by a load that nobody took up again is gone after a day. */
const STAGING_MS = 86_400_000
/** A table takes 1,500 load jobs a day (docs: quotas). What is packed is one portion, of any size: it takes several. */
const OBJECTS_A_JOB = 8
/** Load jobs that run while rows are made. */
const MOST_JOBS = 2

/**
 * The way of large sources: load jobs bring the objects of each share into a table of the load's own, and one statement brings from there
 * into the events' table what is not in it. Each job has a name that comes from the load and its run, and succeeds once.
 */
export class LoadJobs implements LandingWay {
  // a job succeeds once, whoever asks for it
  readonly isShared = true
  readonly #source: SourceLoad
  readonly #columns: ReadonlyMap<string, readonly Column[]>
  readonly #types: readonly string[]
  readonly #run: Run
  /** Types of which each row was found to be in the load's own table once. No job brings any after that: all of them are done. */
  readonly #once = new Set<string>()
  readonly #jobs = new Set<Promise<unknown>>()
  readonly #loaded: Promise<unknown>[] = []
  #failed: unknown

  constructor(source: SourceLoad, columns: ReadonlyMap<string, readonly Column[]>, run: Run) {
    this.#source = source
    this.#run = run
    this.#columns = columns
    this.#types = typesIn(columns)
  }

  async open(): Promise<void> {
    const { warehouse } = this.#source.parts
    for (const type of this.#types)
      await warehouse.makeTable(this.#stagingOf(type), stagingFields(this.#columns.get(type)!), STAGING_MS)
  }

  /** Of the object that says that the rows of a share are in the load's own table. */
  loadedName(portion: number): string {
    return `loaded-${this.#run.id}-${numbered(portion)}.json`
  }

  /** Begins to load the rows of a share; waits where too many are being loaded. */
  async begin(portion: number, written: Written): Promise<void> {
    const { parts, workshop } = this.#source
    const own: Promise<unknown>[] = []
    for (const [type, { objects }] of Object.entries(written.types)) {
      for (let at = 0; at < objects.length; at += OBJECTS_A_JOB) {
        while (this.#jobs.size >= MOST_JOBS) await Promise.race(this.#jobs)
        const name = this.#jobName(`${portion}_${this.#types.indexOf(type)}_${at / OBJECTS_A_JOB}`)
        const job = parts.warehouse
          .runOnce(name, {
            load: {
              sourceUris: objects.slice(at, at + OBJECTS_A_JOB).map(workshop.uriOf),
              table: this.#stagingOf(type),
              fields: stagingFields(this.#columns.get(type)!),
            },
          })
          .finally(() => this.#jobs.delete(job))
        this.#jobs.add(job)
        own.push(job)
        // who waits for all of them hears of it
        job.catch((error: unknown) => (this.#failed ??= error))
      }
    }
    const loaded = Promise.all(own).then(() => workshop.make(this.loadedName(portion), { jobs: own.length }))
    loaded.catch((error: unknown) => (this.#failed ??= error))
    this.#loaded.push(loaded)
  }

  /** Waits until the jobs that were begun here are done. */
  async allLoaded(): Promise<void> {
    await Promise.allSettled(this.#loaded)
    if (this.#failed !== undefined) throw this.#failed
  }

  /** What the load's own tables lack of the rows that were made, in words; undefined: nothing, or it has landed already. */
  async short(written: readonly Written[]): Promise<string | undefined> {
    const { warehouse } = this.#source.parts
    for (const type of this.#types) {
      const rows = written.reduce((sum, { types }) => sum + (ownOf(types, type)?.rows ?? 0), 0)
      if (rows === 0 || (await this.#noted(type))) continue
      const staging = this.#stagingOf(type)
      const { places, found } = await this.#placesIn(staging, type)
      if (places === found) this.#once.add(type)
      // who landed it in the meantime has dropped its table
      if (places === rows || (await this.#noted(type))) continue
      return (
        `the table ${warehouse.name(staging)} has ${places} of the ${rows} rows that were made of ${this.#source.object.uri}. ` +
        `None of this type has landed. Start it again: they are loaded anew. If it stays so, see the jobs ${this.#jobName('')}…`
      )
    }
    return undefined
  }

  /** Rows that a load job brought twice have one place. */
  async #placesIn(
    staging: string,
    type: string,
  ): Promise<{ readonly places: number; readonly found: number }> {
    const { warehouse } = this.#source.parts
    if ((await warehouse.table(staging)) === undefined) return { places: 0, found: 0 }
    const { place } = stagingNames(this.#columns.get(type)!)
    const [count] = await warehouse.query<{ readonly places: number; readonly found: number }>(
      `SELECT COUNT(DISTINCT ${place}) AS places, COUNT(*) AS found FROM ${warehouse.name(staging)}`,
    )
    return count!
  }

  #noted(type: string): Promise<Inserted | undefined> {
    return this.#source.workshop.read<Inserted>(landedName(this.#types.indexOf(type)))
  }

  async insert({ type, index, rows, written }: RowsToLand): Promise<Inserted> {
    const { parts } = this.#source
    const keepsCollisions = parts.policies.of(type).collisions === 'keep'
    const table = parts.tableOf(type)
    const parted = (columnsNow: readonly Column[]): InsertParts => ({
      table: parts.warehouse.name(table),
      staging: parts.warehouse.name(this.#stagingOf(type)),
      columns: this.#columns.get(type)!,
      columnsNow,
      days: daysOf(written),
      hasSources: parts.hasSources,
      keepsCollisions,
      isTwice: !this.#once.has(type),
    })
    const columnsNow = async () => (await parts.warehouse.table(table))?.columns ?? []
    let now = await columnsNow()
    let result: JobResult | undefined
    while (!result) {
      const job = { query: { query: insertStatement(parted(now)) } }
      try {
        result = await parts.warehouse.runOnce(this.#jobName(`land_${index}`), job)
      } catch (error) {
        // a RECORD of the stream's has grown between the look and the statement
        const later = await columnsNow()
        if (JSON.stringify(later) === JSON.stringify(now)) throw error
        now = later
      }
    }
    const { statistics } = result
    const landed = Number(statistics?.query?.numDmlAffectedRows ?? 0)
    const left = landed === rows || keepsCollisions ? [] : await this.#left(parted(now))
    return { landed, collisions: left }
  }

  async #left(parted: InsertParts): Promise<readonly number[]> {
    const { warehouse } = this.#source.parts
    const rows = await warehouse.query<{ readonly place: number }>(collisionsQuery(parted))
    return rows.map(({ place }) => place)
  }

  /** Drops the load's own tables. */
  async close(): Promise<void> {
    for (const type of this.#types) await this.#source.parts.warehouse.dropTable(this.#stagingOf(type))
  }

  #jobName(job: string): string {
    return `load_${this.#source.load.loadId}_${this.#run.id}_${job}`
  }

  #stagingOf(type: string): string {
    return `_load_${this.#source.load.loadId}_${this.#run.id}_${this.#types.indexOf(type)}`
  }
}
