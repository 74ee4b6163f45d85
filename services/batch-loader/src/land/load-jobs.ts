import type { Column } from '@tablestream/table-schema'
import { ownOf } from '../own-of.ts'
import { LoadError } from '../load-error.ts'
import type { SourceLoad } from '../source-load.ts'
import { numbered, type Written, type WrittenType } from '../written.ts'
import type { JobResult } from '../google/bigquery.ts'
import { collisionsQuery, daysOf, insertStatement, type InsertParts } from './insert-statement.ts'
import { landedName, typesIn, type Inserted, type LandingWay, type RowsToLand } from './landing.ts'
import type { Run } from './run.ts'
import { aheadRows, aheadTablesOf, placesQuery, stagingSql, type StagedRows } from './staged-rows.ts'
import { STAGING_MS, stagingFields, stagingTableOf, stagingTablesOf } from './staging-table.ts'

/** A table takes 1,500 load jobs a day (docs: quotas). What is packed is one portion, of any size: it takes several. */
const OBJECTS_A_JOB = 8
/** Rows of more tables of a type are loaded once more, into fewer: a query takes 1,000 (docs: quotas, query jobs). */
const MOST_AHEAD_TABLES = 500
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
 *
 * What was loaded while the source was surveyed (`LoadsAhead`) is where it is, and counts in the first run alone.
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
    for (const [type, { columns, ...each }] of Object.entries(written.types)) {
      const objects = this.#objectsOf(each)
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

  /** The objects of rows that this run brings. */
  #objectsOf({ objects, ahead }: Pick<WrittenType, 'objects' | 'ahead'>): readonly string[] {
    if (!ahead || !this.#takesAhead) return objects
    const loaded = new Set(ahead.objects)
    return objects.filter((object) => !loaded.has(object))
  }

  get #takesAhead(): boolean {
    return this.#run.number === 0
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
      const names = this.#tablesOf(type, all)
      for (const table of [...names.own, ...names.ahead.keys()]) this.#own.add(table)
      if (rows === 0 || (await this.#noted(type))) continue
      if (names.ahead.size > MOST_AHEAD_TABLES)
        return `rows of ${this.#source.object.uri} were loaded into ${names.ahead.size} tables, which no statement reads`
      const { places, found } = await this.#placesIn(type, all).catch(async (error: unknown) => {
        // a table was dropped between the look at it and the question
        if (await this.#noted(type)) return NONE
        throw error
      })
      if (places === found) this.#once.add(type)
      // who landed it in the meantime has dropped its table
      if (places === rows || (await this.#noted(type))) continue
      return (
        `the tables ${warehouse.name(`_load_${this.#source.load.loadId}_*`)} have ${places} of the ${rows} rows that were made of ${this.#source.object.uri}. ` +
        `None of this type has landed. Start it again: they are loaded anew. If it stays so, see the jobs ${this.#jobName('')}…`
      )
    }
    return undefined
  }

  /** Rows that a load job brought twice have one place. */
  async #placesIn(type: string, written: readonly WrittenType[]): Promise<Places> {
    const { staged } = await this.#staged(type, written)
    if (staged.length === 0) return NONE
    const columns = this.#columns.get(type)!
    const [count] = await this.#source.parts.warehouse.query<Places>(placesQuery(columns, staged))
    return count!
  }

  /** Names of the tables of the load's own that have rows of a type: those of this run, and others with the shares that they have of it. */
  #tablesOf(type: string, written: readonly WrittenType[]) {
    const brought = written.filter((each) => this.#objectsOf(each).length > 0)
    const tables = stagingTablesOf(this.#columns.get(type)!, brought)
    return {
      tables,
      own: tables.map(({ suffix }) => `${this.#stagingOf(type)}${suffix}`),
      ahead: aheadTablesOf(this.#takesAhead ? written : []),
    }
  }

  /** The rows of a type in such tables, as far as these are there, and the names of the columns that they have. */
  async #staged(type: string, written: readonly WrittenType[]) {
    const { warehouse } = this.#source.parts
    const columns = this.#columns.get(type)!
    const { tables, own, ahead } = this.#tablesOf(type, written)
    const all = [...own, ...ahead.keys()]
    const there = await Promise.all(all.map((table) => warehouse.table(table)))
    const names = new Set(tables.flatMap((table) => table.columns.map(({ name }) => name)))
    const staged = all.flatMap((name, index): readonly StagedRows[] => {
      const known = there[index]
      const table = warehouse.name(name)
      const shares = ahead.get(name)
      if (!known) return []
      if (!shares) return [{ table }]
      const made = aheadRows(columns, { table, there: known.columns, shares })
      for (const each of made.names) names.add(each)
      return [made.rows]
    })
    return { staged, names, gone: all.filter((_, index) => there[index] === undefined) }
  }

  #noted(type: string): Promise<Inserted | undefined> {
    return this.#source.workshop.read<Inserted>(landedName(this.#types.indexOf(type)))
  }

  async insert({ type, index, rows, written }: RowsToLand): Promise<Inserted> {
    const { parts } = this.#source
    const keepsCollisions = parts.policies.of(type).collisions === 'keep'
    const table = parts.tableOf(type)
    const { staged, names, gone } = await this.#staged(type, written)
    // another task was first, or its rows would be taken for duplicates
    if (gone.length > 0)
      throw new LoadError('staging_is_short', `the tables ${gone.join(', ')} are gone. Start it again`)
    const parted = (columnsNow: readonly Column[]): InsertParts => ({
      table: parts.warehouse.name(table),
      staging: stagingSql(staged),
      columns: this.#columns.get(type)!,
      staged: names,
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
    for (const table of new Set([...this.#own, ...this.#made]))
      await this.#source.parts.warehouse.dropTable(table)
  }

  #jobName(job: string): string {
    return `load_${this.#source.load.loadId}_${this.#run.id}_${job}`
  }

  /** Begins the names of a type's tables of the load's own. */
  #stagingOf(type: string): string {
    return `_load_${this.#source.load.loadId}_${this.#run.id}_${this.#types.indexOf(type)}`
  }
}
