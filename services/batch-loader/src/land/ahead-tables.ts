import type { Column } from '@tablestream/table-schema'
import type { TableField } from '../google/bigquery.ts'
import type { LoadParts } from '../load-parts.ts'
import { isOurs, STAGING_MS, stagingFields } from './staging-table.ts'

/** So many tables of a type the tasks of a load make together: a query takes 1,000 (docs: quotas, query jobs). */
const MOST_TABLES = 64
/** So many columns of a table may be empty in all rows of a job, and no more: an engine that writes down empty values writes them. */
const MOST_EMPTY = 32
/** One less than a table takes in a day (docs: quotas, 1,500 load jobs). */
const MOST_JOBS = 1499

interface AheadTable {
  readonly eventType: string
  readonly name: string
  /** Names of its columns, but of those of the envelope and the system. */
  readonly own: Set<string>
  /** Of the type, when it was last taken. */
  columns: readonly Column[]
  jobs: number
}

export interface TakenTable {
  readonly table: string
  /** All that it has, or will have. */
  readonly fields: readonly TableField[]
  /** Whether it has fewer as yet. */
  readonly grows: boolean
}

/** The tables that rows are loaded into while a source is surveyed: each has the columns that its rows have values of, and few others. */
export class AheadTables {
  readonly #prefix: string
  readonly #parts: Pick<LoadParts, 'warehouse' | 'tasks'>
  readonly #made: string[] = []
  #tables: AheadTable[] = []

  /** @param prefix begins their names */
  constructor(prefix: string, parts: Pick<LoadParts, 'warehouse' | 'tasks'>) {
    this.#prefix = prefix
    this.#parts = parts
  }

  /**
   * A table for rows of a type, which is there then.
   *
   * @param columns of the type @param used names of those that the rows have values of
   */
  async take(eventType: string, columns: readonly Column[], used: ReadonlySet<string>): Promise<TakenTable> {
    const { warehouse } = this.#parts
    const own = new Set(
      columns.flatMap((column) => (!isOurs(column) && used.has(column.name) ? column.name : [])),
    )
    const known = this.#best(eventType, columns, own)
    const table = known ?? this.#open(eventType, columns)
    const grows =
      known !== undefined && (known.columns !== columns || [...own].some((name) => !known.own.has(name)))
    table.columns = columns
    table.jobs++
    for (const name of own) table.own.add(name)
    const fields = stagingFields(
      columns,
      columns.filter((column) => isOurs(column) || table.own.has(column.name)),
    )
    // `#open` has kept it: who closes the tables meanwhile means this one, too
    if (!known) await warehouse.makeTable(table.name, fields, STAGING_MS)
    return { table: table.name, fields, grows }
  }

  /** Rows that come from here on are in other tables. */
  close(): void {
    this.#tables = []
  }

  async drop(): Promise<void> {
    for (const table of this.#made.splice(0)) await this.#parts.warehouse.dropTable(table)
  }

  /** That of a type in which the fewest values would be empty; undefined: a new one is better. */
  #best(eventType: string, columns: readonly Column[], own: ReadonlySet<string>): AheadTable | undefined {
    // a column that became another one fits no more
    const fit = this.#tables.filter(
      (table) => table.eventType === eventType && table.jobs < MOST_JOBS && growsTo(table.columns, columns),
    )
    const emptyIn = (table: AheadTable) => [...table.own].filter((name) => !own.has(name)).length
    const best = fit.toSorted((a, b) => emptyIn(a) - emptyIn(b))[0]
    const most = Math.max(1, Math.floor(MOST_TABLES / this.#parts.tasks))
    return best && (emptyIn(best) <= MOST_EMPTY || fit.length >= most) ? best : undefined
  }

  #open(eventType: string, columns: readonly Column[]): AheadTable {
    const name = `${this.#prefix}_${this.#made.length}`
    const table = { eventType, name, own: new Set<string>(), columns, jobs: 0 }
    this.#made.push(name)
    this.#tables.push(table)
    return table
  }
}

/** Whether columns are those of before, and maybe more of them, also inside of these. */
function growsTo(before: readonly Column[], after: readonly Column[]): boolean {
  if (before === after) return true
  const now = new Map(after.map((column) => [column.name, column]))
  return before.every((column) => {
    const other = now.get(column.name)
    return other !== undefined && isGrown(column, other)
  })
}

/** Whether a column is the other one, and maybe has more fields. */
export function isGrown(before: Column, after: Column): boolean {
  if (before.type !== after.type || (before.mode === 'REPEATED') !== (after.mode === 'REPEATED')) return false
  return growsTo(before.fields ?? [], after.fields ?? [])
}
