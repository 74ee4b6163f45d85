import type { Column } from '@tablestream/table-schema'
import { ownOf } from '../own-of.ts'
import type { SourceLoad } from '../source-load.ts'
import { numbered, type Written, type WrittenType } from '../written.ts'
import type { JobResult } from '../google/bigquery.ts'
import {
  collisionsQuery,
  daysOf,
  insertStatement,
  placesQuery,
  stagingSql,
  type InsertParts,
} from './insert-statement.ts'
import { landedName, typesIn, type Inserted, type LandingWay, type RowsToLand } from './landing.ts'
import type { Run } from './run.ts'
import { stagingFields, stagingTableOf, stagingTablesOf } from './staging-table.ts'

/** What is left behind by a load that nobody took up again is gone after a day. */
const STAGING_MS = 86_400_000
/** A table takes 1,500 load jobs a day (docs: quotas). What is packed is one portion, of any size: it takes several. */
const OBJECTS_A_JOB = 8
/** Load jobs that run while rows are made. */
const MOST_JOBS = 2

interface Places {
  readonly places: number
  readonly found: number
}

const NONE: Places = { places: 0, found: 0 }

/**
 * The way of large sources: load jobs bring the objects of each share into a table of the load's own (`StagingTable`), and one statement
 * brings from there into the events' table what is not in it. Each job has a name that comes from the load and its run, and succeeds once.
 */
export class LoadJobs implements LandingWay {
  // a job succeeds once, whoever asks for it
  readonly isShared = true
  readonly #source: SourceLoad
  readonly #columns: ReadonlyMap<string, readonly Column[]>
  readonly #types: readonly string[]
  readonly #run: Run
  /** The tables of the load's own that were made here, */
  readonly #made = new Set<string>()
  /** and those that all of its rows are in. */
  readonly #own = new Set<string>()
  /** Types of which each row was found to be in the load's own tables once. No job brings any after that: all of them are done. */
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

  /** Of the object that says that the rows of a share are in the load's own table. */
  loadedName(portion: number): string {
    return `loaded-${this.#run.id}-${numbered(portion)}.json`
  }

  /** Begins to load the rows of a share; waits where too many are being loaded. */
  async begin(portion: number, written: Written): Promise<void> {
    const { parts, workshop } = this.#source
    const own: Promise<unknown>[] = []
    for (const [type, { objects, columns }] of Object.entries(written.types)) {
      if (objects.length === 0) continue
      const { table, fields } = await this.#make(type, columns)
      for (let at = 0; at < objects.length; at += OBJECTS_A_JOB) {
        while (this.#jobs.size >= MOST_JOBS) await Promise.race(this.#jobs)
        const name = this.#jobName(`${portion}_${this.#types.indexOf(type)}_${at / OBJECTS_A_JOB}`)
        const job = parts.warehouse
          .runOnce(name, {
            load: { sourceUris: objects.slice(at, at + OBJECTS_A_JOB).map(workshop.uriOf), table, fields },
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

  /** Makes the table for rows with values in these columns, unless it is there. */
  async #make(type: string, names: readonly string[] | undefined) {
    const all = this.#columns.get(type)!
    const { suffix, columns } = stagingTableOf(all, names)
    const table = `${this.#stagingOf(type)}${suffix}`
    const fields = stagingFields(all, columns)
    if (!this.#made.has(table)) await this.#source.parts.warehouse.makeTable(table, fields, STAGING_MS)
    this.#made.add(table)
    return { table, fields }
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
      const all = written.flatMap(({ types }) => ownOf(types, type) ?? [])
      const rows = all.reduce((sum, each) => sum + each.rows, 0)
      for (const table of this.#stagingTables(type, all).tables) this.#own.add(table)
      if (rows === 0 || (await this.#noted(type))) continue
      const { places, found } = await this.#placesIn(type, all).catch(async (error: unknown) => {
        // a table was dropped between the look at it and the question
        if (await this.#noted(type)) return NONE
        throw error
      })
      if (places === found) this.#once.add(type)
      // who landed it in the meantime has dropped its table
      if (places === rows || (await this.#noted(type))) continue
      return (
        `the tables ${warehouse.name(`${this.#stagingOf(type)}*`)} have ${places} of the ${rows} rows that were made of ${this.#source.object.uri}. ` +
        `None of this type has landed. Start it again: they are loaded anew. If it stays so, see the jobs ${this.#jobName('')}…`
      )
    }
    return undefined
  }

  /** Rows that a load job brought twice have one place. */
  async #placesIn(type: string, written: readonly WrittenType[]): Promise<Places> {
    const { warehouse } = this.#source.parts
    const { tables } = this.#stagingTables(type, written)
    const there = await Promise.all(tables.map((table) => warehouse.table(table)))
    const some = tables.filter((_, index) => there[index] !== undefined)
    if (some.length === 0) return NONE
    const [count] = await warehouse.query<Places>(
      placesQuery(this.#columns.get(type)!, some.map(warehouse.name)),
    )
    return count!
  }

  /** The tables of the load's own that have rows of a type, and the names of the columns of these. */
  #stagingTables(type: string, written: readonly WrittenType[]) {
    const all = stagingTablesOf(this.#columns.get(type)!, written)
    return {
      tables: all.map(({ suffix }) => `${this.#stagingOf(type)}${suffix}`),
      staged: new Set(all.flatMap(({ columns }) => columns.map(({ name }) => name))),
    }
  }

  #noted(type: string): Promise<Inserted | undefined> {
    return this.#source.workshop.read<Inserted>(landedName(this.#types.indexOf(type)))
  }

  async insert({ type, index, rows, written }: RowsToLand): Promise<Inserted> {
    const { parts } = this.#source
    const keepsCollisions = parts.policies.of(type).collisions === 'keep'
    const table = parts.tableOf(type)
    const { tables, staged } = this.#stagingTables(type, written)
    const parted = (columnsNow: readonly Column[]): InsertParts => ({
      table: parts.warehouse.name(table),
      staging: stagingSql(tables.map(parts.warehouse.name)),
      columns: this.#columns.get(type)!,
      staged,
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
    for (const table of this.#own) await this.#source.parts.warehouse.dropTable(table)
  }

  #jobName(job: string): string {
    return `load_${this.#source.load.loadId}_${this.#run.id}_${job}`
  }

  /** Begins the names of a type's tables of the load's own. */
  #stagingOf(type: string): string {
    return `_load_${this.#source.load.loadId}_${this.#run.id}_${this.#types.indexOf(type)}`
  }
}
