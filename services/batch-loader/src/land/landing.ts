import type { Column } from '@tablestream/table-schema'
import type { Account } from '../ledger.ts'
import type { SourceLoad } from '../source-load.ts'
import type { Survey } from '../survey.ts'
import type { Written } from '../rows.ts'
import { stagingFields } from './fields.ts'
import { insertStatement, type InsertParts } from './insert-statement.ts'

/** What is left behind by a load that nobody took up again is gone after a day. */
const STAGING_MS = 86_400_000
/** Load jobs that run while rows are made. */
const MOST_JOBS = 2

/**
 * How rows land: load jobs bring the objects of each share into a table of the load's own, and one statement brings from there into the
 * events' table what is not in it. Each job has a name that comes from the load, and runs once.
 */
export class Landing {
  readonly #source: SourceLoad
  readonly #columns: ReadonlyMap<string, readonly Column[]>
  readonly #types: readonly string[]
  readonly #jobs = new Set<Promise<unknown>>()

  constructor(source: SourceLoad, columns: ReadonlyMap<string, readonly Column[]>) {
    this.#source = source
    this.#columns = columns
    this.#types = [...columns.keys()].toSorted()
  }

  async open(): Promise<void> {
    const { warehouse } = this.#source.parts
    for (const type of this.#types)
      await warehouse.makeTable(this.#stagingOf(type), stagingFields(this.#columns.get(type)!), STAGING_MS)
  }

  /** Begins to load the rows of a share; waits where too many are being loaded. */
  async begin(portion: number, written: Written): Promise<void> {
    const { parts, load, workshop } = this.#source
    for (const [type, { objects }] of Object.entries(written.types)) {
      for (const [part, object] of objects.entries()) {
        while (this.#jobs.size >= MOST_JOBS) await Promise.race(this.#jobs)
        const name = `load_${load.loadId}_${portion}_${this.#types.indexOf(type)}_${part}`
        const job = parts.warehouse
          .runOnce(name, {
            load: {
              sourceUris: [workshop.uriOf(object)],
              table: this.#stagingOf(type),
              fields: stagingFields(this.#columns.get(type)!),
            },
          })
          .finally(() => this.#jobs.delete(job))
        // who waits for all of them hears of it
        job.catch(() => {})
        this.#jobs.add(job)
        this.#failed ??= undefined
        void job.catch((error: unknown) => (this.#failed ??= error))
      }
    }
  }

  #failed: unknown

  async allBegun(): Promise<void> {
    await Promise.allSettled(this.#jobs)
    if (this.#failed !== undefined) throw this.#failed
  }

  /** Brings all rows into their tables, and says what became of them. */
  async land(written: readonly Written[], survey: Survey): Promise<readonly Account[]> {
    const types = new Set([
      ...Object.keys(survey.types),
      ...written.flatMap(({ types: each }) => Object.keys(each)),
    ])
    const accounts: Account[] = []
    for (const type of [...types].toSorted()) {
      const all = written.flatMap(({ types: each }) => each[type] ?? [])
      const rows = all.reduce((sum, each) => sum + each.rows, 0)
      const deadLetters = all.reduce((sum, each) => sum + each.deadLetters, 0)
      const landed =
        rows === 0
          ? 0
          : await this.#insert(
              type,
              all.map(({ days }) => days),
            )
      const table = all[0]?.table ?? ''
      accounts.push({
        eventType: type,
        table,
        records: rows + deadLetters,
        landed,
        duplicates: rows - landed,
        deadLetters,
      })
    }
    return accounts
  }

  async #insert(type: string, days: readonly (readonly number[] | undefined)[]): Promise<number> {
    const { parts, load, workshop } = this.#source
    const parted: InsertParts = {
      table: parts.warehouse.name(parts.tableOf(type)),
      staging: parts.warehouse.name(this.#stagingOf(type)),
      columns: this.#columns.get(type)!,
      days: days.some((each) => each === undefined)
        ? undefined
        : [...new Set(days.flatMap((each) => each ?? []))],
      hasSources: parts.hasSources,
      keepsCollisions: true,
    }
    const index = this.#types.indexOf(type)
    const noted = await workshop.read<{ landed: number }>(`landed-${index}.json`)
    if (noted) return noted.landed
    const query = insertStatement(parted)
    const { statistics } = await parts.warehouse.runOnce(`load_${load.loadId}_land_${index}`, {
      query: { query },
    })
    const landed = Number(statistics?.query?.numDmlAffectedRows ?? 0)
    return (await workshop.make(`landed-${index}.json`, { landed })).landed
  }

  /** Drops the load's own tables. */
  async close(): Promise<void> {
    for (const type of this.#types) await this.#source.parts.warehouse.dropTable(this.#stagingOf(type))
  }

  #stagingOf(type: string): string {
    return `_load_${this.#source.load.loadId}_${this.#types.indexOf(type)}`
  }
}
