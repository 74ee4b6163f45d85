import type { Column, ColumnLimit, ColumnMode, ColumnType } from '../columns/column.ts'
import type { JsonValue } from '../json/json-text.ts'

export type ConflictReason =
  /** The column holds another type or mode, which BigQuery does not change. */
  | 'type_conflict'
  /** There is content, but none that tells a type (`[{}]`), or a number that no column holds. */
  | 'no_column_type'
  /** The table has as many columns as it may. */
  | 'column_limit'
  /** The policy of the event type lets the table grow no columns. */
  | 'columns_frozen'

/** A value that no change of the schema makes fit. `path` is a JSON pointer into the event. */
export interface Conflict {
  readonly path: string
  readonly reason: ConflictReason
  readonly value: JsonValue
  readonly columnType?: ColumnType
  /** The value has the column's type, or a wider one, but is longer than this column allows. */
  readonly columnLimit?: ColumnLimit
  /** REQUIRED: the row cannot go without the value. */
  readonly columnMode?: ColumnMode
}

/** A column whose type becomes a wider one: by DDL, the API does not change types. */
export interface Widening {
  /** By column names: `address.floor`. */
  readonly path: string
  readonly from: ColumnType
  readonly to: ColumnType
}

export interface Plan {
  /**
   * `fits`: the table can take the event as it is. `create`: there is no table. `alter`: columns are added, relaxed or
   * widened.
   */
  readonly outcome: 'fits' | 'create' | 'alter'
  /** The table's columns once the plan is applied; the very list that was given where the outcome is `fits`. */
  readonly columns: readonly Column[]
  /** Paths of the columns to be added, by column names: `items.sku`. A new RECORD is one entry. */
  readonly added: readonly string[]
  /** Paths of REQUIRED columns that become NULLABLE, because the event has no value for them. */
  readonly relaxed: readonly string[]
  readonly widened: readonly Widening[]
  /** Values that stay outside the columns, whatever is applied: they go to `_unmapped`. */
  readonly conflicts: readonly Conflict[]
}

export interface PlanOptions {
  /** Columns that a table may have at most, nested ones included: BigQuery's limit is 10,000. */
  readonly columnLimit?: number
  /** `freeze`: values without a column are conflicts. */
  readonly columns?: 'evolve' | 'freeze'
  /** Whether a new column (path by column names) may be added now; where not, its value is a conflict. */
  readonly admit?: (path: string) => boolean
  /** Whether a column (path by column names) may be given this wider type now; where not, its value is a conflict. */
  readonly widen?: (path: string, to: ColumnType) => boolean
  /** Nobody asks about the columns that are given any more: what is known of them goes over to the planned ones. */
  readonly replaces?: boolean
  /** What a table of this event type begins with besides the system columns. */
  readonly contract?: readonly Column[]
}
