import { countColumns, type Column } from './column.ts'
import { replaceColumns, withColumns } from './field-index.ts'
import type { Conflict, PlanOptions, Widening } from './plan.ts'

const BIGQUERY_COLUMN_LIMIT = 10_000

/** What a walk over an event has found so far. */
export class Walk {
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
  /** The first so many of `added`. */
  readonly #new = new Set<string>()
  #told = 0
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

  /** Whether the column, or the RECORD around it, was added in this walk. */
  isNew(path: string): boolean {
    for (; this.#told < this.added.length; this.#told++) this.#new.add(this.added[this.#told]!)
    for (let end = path.length; end > 0; end = path.lastIndexOf('.', end - 1))
      if (this.#new.has(path.slice(0, end))) return true
    return false
  }

  /** The list with some columns changed and others behind it. */
  grow(
    columns: readonly Column[],
    changed: ReadonlyMap<Column, Column>,
    added: readonly Column[],
  ): readonly Column[] {
    // who gave a list asks about it again, or says so; one that this walk made is asked about no more
    const grown = (this.#made.has(columns) ? replaceColumns : withColumns)(columns, changed, added)
    this.#made.add(grown)
    return grown
  }

  /** Runs a part of the walk; undone to the last trace where it answers undefined. */
  attempt<T>(part: () => T | undefined): T | undefined {
    const lists = [this.added, this.relaxed, this.widened, this.conflicts]
    const lengths = lists.map(({ length }) => length)
    const left = this.#left
    const result = part()
    if (result === undefined) {
      const told = this.added.slice(lengths[0], this.#told)
      lists.forEach((list, index) => list.splice(lengths[index]!))
      this.#left = left
      // those that stay are not told anew: that would be as much work as they are, for each part that is undone
      for (const path of told) this.#new.delete(path)
      this.#told = Math.min(this.#told, this.added.length)
    }
    return result
  }
}
