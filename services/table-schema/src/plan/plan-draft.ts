import { countColumns, type Column } from '../columns/column.ts'
import { replaceColumns, withColumns } from '../columns/field-index.ts'
import type { Conflict, PlanOptions, Widening } from './plan-types.ts'

const BIGQUERY_COLUMN_LIMIT = 10_000

/** A plan in the making: what one look at all of an event's values has found so far. */
export class PlanDraft {
  readonly added: string[] = []
  readonly relaxed: string[] = []
  readonly widened: Widening[] = []
  readonly conflicts: Conflict[] = []
  readonly frozen: boolean
  readonly admit: PlanOptions['admit']
  readonly widen: PlanOptions['widen']
  readonly #columns: readonly Column[]
  readonly #limit: number
  #left: number | undefined
  /** Columns that this plan adds, as they are by now. One that is added and taken back is met no more. */
  readonly #new = new WeakSet<Column>()
  readonly #made = new WeakSet<readonly Column[]>()

  constructor(columns: readonly Column[], options: PlanOptions) {
    this.#columns = columns
    this.#limit = options.columnLimit ?? BIGQUERY_COLUMN_LIMIT
    this.frozen = options.columns === 'freeze'
    this.admit = options.admit
    this.widen = options.widen
    if (options.replaces) this.#made.add(columns)
  }

  /** Whether the table may have so many columns more; takes them from what is left. */
  takeRoom(wanted: number): boolean {
    // counted only when something is added: the common event adds nothing
    this.#left ??= this.#limit - countColumns(this.#columns)
    if (wanted > this.#left) return false
    this.#left -= wanted
    return true
  }

  /** Adds a column. @param path by column names */
  add(column: Column, path: string): void {
    this.added.push(path)
    this.#new.add(column)
  }

  /**
   * Whether this plan adds the column. It is the column that is looked for, not its path: a path is as long as all its names,
   * and an event may ask this for each of its values.
   */
  isNew(column: Column): boolean {
    return this.#new.has(column)
  }

  /** The column with something about it changed. */
  change(column: Column, changed: Partial<Pick<Column, 'type' | 'mode' | 'fields'>>): Column {
    const after = { ...column, ...changed }
    if (this.#new.has(column)) this.#new.add(after)
    return after
  }

  /** The list with some columns changed and others behind it. */
  grow(
    columns: readonly Column[],
    changed: ReadonlyMap<Column, Column>,
    added: readonly Column[],
  ): readonly Column[] {
    // who gave a list asks about it again, or says so; one that was made here is asked about no more
    const grown = (this.#made.has(columns) ? replaceColumns : withColumns)(columns, changed, added)
    this.#made.add(grown)
    return grown
  }

  /** Makes a part of the plan; undone to the last trace where it answers undefined. */
  attempt<T>(part: () => T | undefined): T | undefined {
    const lists = [this.added, this.relaxed, this.widened, this.conflicts]
    const lengths = lists.map(({ length }) => length)
    const left = this.#left
    const result = part()
    if (result === undefined) {
      lists.forEach((list, index) => list.splice(lengths[index]!))
      this.#left = left
    }
    return result
  }
}
