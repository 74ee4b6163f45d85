import type { EventPolicy, Rejection } from '@tablestream/contract'
import type { Logger } from '@tablestream/service-kit'
import type { Column } from '@tablestream/table-schema'
import type { WritePath } from '../append/storage-write-client.ts'
import type { Incarnation } from '../row/write-schema.ts'
import type { Item } from '../item/item.ts'
import type { Later } from '../long-work.ts'
import type { TablesGet } from '../presence/tables-get.ts'
import type { Admissions } from '../requests/admissions.ts'
import type { Ask } from '../asking/ask.ts'
import type { Hopes } from '../requests/hopes.ts'
import type { ParkingLot } from '../item/parking.ts'

/** Where a lane brings its items' ends. */
export interface LaneEvents {
  /** The rows are in the table. */
  landed(incarnation: Incarnation, items: readonly Item[]): void
  /** An append of these ended without an answer: their rows are in the table, or not. */
  unanswered(table: string, items: readonly Item[]): void
  deadLetter(table: string, item: Item, rejection: Rejection): void
  /** Gives the message back to Pub/Sub for a later try. */
  giveBack(table: string, items: readonly Item[]): void
}

export interface LaneOptions {
  readonly table: string
  readonly policy: EventPolicy
  readonly writePath: WritePath
  readonly tablesGet: TablesGet
  readonly events: LaneEvents
  readonly parking: ParkingLot
  /** What the table begins with besides the system columns. */
  readonly contract: readonly Column[]
  /** Asks for what the table lacks; undefined where somebody else does. */
  readonly ask: Ask | undefined
  readonly hopes: Hopes
  readonly admissions: Admissions
  readonly logger: Logger
  readonly now: () => number
  /** Does long work, of which others must not wait for all; absent: each table's by itself. */
  readonly later?: Later | undefined
  /** The table that was known, where there was a lane for it before. */
  readonly before?: Incarnation | undefined
  /** The table that is known has so many columns more, or less, than the one before. */
  readonly learned?: (columns: number) => void
}
