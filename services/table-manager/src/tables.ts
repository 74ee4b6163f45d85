import type { Destination } from '@tablestream/contract'
import type { Column } from '@tablestream/table-schema'
import type { ChangeRecord } from './table-change.ts'

/** TableFieldSchema of BigQuery's REST API; whatever else stands in it is kept as it is. */
export interface TableField {
  readonly name?: string | undefined
  readonly type?: string | undefined
  readonly mode?: string | undefined
  readonly description?: string | undefined
  readonly fields?: readonly TableField[] | undefined
  readonly maxLength?: string | undefined
  readonly precision?: string | undefined
  readonly scale?: string | undefined
  readonly [other: string]: unknown
}

/** A table as it was when it was read: a change is made under its etag. */
export interface TableState {
  readonly columns: readonly Column[]
  /** undefined where it is not known: the table was just made by a statement, whose answer does not tell it. */
  readonly etag: string | undefined
  readonly fields: readonly TableField[]
  /** Columns of the primary key. */
  readonly primaryKey: readonly string[]
  readonly isPartitioned: boolean
  readonly requiresPartitionFilter: boolean
  /** Milliseconds since 1970. */
  readonly createdAt: number
  readonly modifiedAt: number
}

export type ChangeOutcome =
  | { readonly outcome: 'done'; readonly state: TableState }
  /** Somebody else changed, made or dropped it, or what was read was not new: read again. */
  | { readonly outcome: 'lost' }
  /** It may be done, but what can be read does not show it yet. */
  | { readonly outcome: 'unknown' }
  /** BigQuery objects to this change, in these words. `isFinal`: for good. */
  | { readonly outcome: 'refused'; readonly isFinal: boolean; readonly reason: string }

/**
 * The tables of one dataset. Methods reject where the same may work later: with the client's own error, or after a while
 * without an answer.
 */
export interface Tables {
  /** @param source who asks: those who ask for much do not keep others from their turn */
  read(table: string, source?: string): Promise<TableState | undefined>
  create(
    destination: Destination,
    columns: readonly Column[],
    options?: CreateOptions,
  ): Promise<ChangeOutcome>
  /** Adds and relaxes columns; gives the table a primary key where there is one to give. */
  alter(
    table: string,
    state: TableState,
    columns: readonly Column[],
    options?: Pick<CreateOptions, 'primaryKey'>,
  ): Promise<ChangeOutcome>
  /** Gives columns wider types: by DDL, which knows no etag. */
  widen(table: string, state: TableState, columns: readonly Column[]): Promise<ChangeOutcome>
  /**
   * Makes a view, or makes it again where it is said to hold other fields than its table or has another query.
   *
   * @param isNew whether its table was just made, so that there is hardly a view yet
   * @throws Error where a table has its name
   */
  keepView(view: string, query: string, fields: readonly TableField[], isNew: boolean): Promise<void>
  /** Adds a row to the history of changes, in a table that the first one makes. */
  insertChange(record: ChangeRecord): Promise<void>
  /** Rejects while the dataset cannot be reached. */
  check(): Promise<void>
}

export interface CreateOptions {
  /** Queries must say which days they want. */
  readonly requirePartitionFilter?: boolean
  /** Columns by which a row takes the place of another. */
  readonly primaryKey?: readonly string[]
  /** That it has from the beginning. */
  readonly labels?: Readonly<Record<string, string>>
  /** Who asks. */
  readonly source?: string | undefined
}
