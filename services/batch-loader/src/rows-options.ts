import type { EventPolicies } from '@tablestream/contract'
import type { Column } from '@tablestream/table-schema'
import type { Workshop } from './google/storage.ts'
import type { LoadParts } from './load-parts.ts'
import { ownOf } from './own-of.ts'
import type { Columns } from './plan-tables.ts'

/** A table that rows are made for; without columns there is none, and may be none. */
export interface Target {
  readonly table: string
  readonly columns: readonly Column[] | undefined
}

/** The tables of the types of a source, by their columns as they are when the first row is made. */
export function targetsOf(
  { tableOf }: Pick<LoadParts, 'tableOf'>,
  columns: Columns,
): (eventType: string) => Target {
  return (eventType) => ({
    table: eventType === '' ? '' : tableOf(eventType),
    columns: ownOf(columns, eventType) ?? undefined,
  })
}

export interface RowsOptions {
  readonly workshop: Workshop
  readonly policies: EventPolicies
  readonly targetOf: (eventType: string) => Target
  readonly processedAt: string
  readonly loadId: string
  readonly portion: number
  /** Whether the ids of messages that get a row are kept. */
  readonly keepsIds: boolean
  /** Begins the names of its objects; absent: nothing does. */
  readonly prefix?: string
  /** Records of the share that are not given; absent: 0. */
  readonly skipped?: number
  /** Hears of each object of rows, once it is there. */
  readonly onStored?: (rows: StoredRows) => void
}

/** An object of rows of one type. */
export interface StoredRows {
  readonly eventType: string
  readonly object: string
  readonly rows: number
  readonly bytes: number
  /** Names of the columns that its rows have values of. */
  readonly used: ReadonlySet<string>
  /** All that the type had when it was made. */
  readonly columns: readonly Column[]
}
