import type { EventPolicies } from '@tablestream/contract'
import type { OutgoingMessage } from '@tablestream/service-kit'
import type { JsonObject } from '@tablestream/table-schema'
import type { Warehouse } from './google/bigquery.ts'
import type { PendingStreams } from './google/pending-streams.ts'
import type { StorageClient, Workshop } from './google/storage.ts'
import type { Ledger } from './ledger.ts'
import type { Progress } from './progress.ts'
import type { TableKeeper } from './tables.ts'

/** What every load needs: who is asked, and how records are taken. */
export interface LoadParts {
  readonly warehouse: Warehouse
  readonly storage: StorageClient
  /** Where a load keeps what it has done. @param prefix ends in a slash */
  readonly workshopOf: (prefix: string) => Workshop
  readonly ledger: Ledger
  readonly tables: TableKeeper
  readonly policies: EventPolicies
  /** The JSON that `policies` were read from. */
  readonly policyText: string
  /** What the contracts beside the catalogue's were read from, and another field of the type; empty where there is neither. */
  readonly contractText: string
  readonly publishLetters: (letters: readonly OutgoingMessage[]) => Promise<unknown>
  readonly progress: Progress
  /** The table of an event type. */
  readonly tableOf: (eventType: string) => string
  /** The records' type, where they name none; of messages that were published before, the only type that is meant. */
  readonly eventType?: string | undefined
  /** Whose ids the records' are: `_source`. */
  readonly source?: string | undefined
  /** Whether ids are told apart by their source: where the records were messages, or it is said whose they are. */
  readonly hasSources: boolean
  /** Pure: makes of each record the one that is judged. */
  readonly transform?: ((record: JsonObject) => JsonObject) | undefined
  /** What tells two loads of one file apart that make other rows of it: a name for `transform` and `tableOf`. */
  readonly name: string
  /** What is said of the columns of CSV, where it cannot be found out. */
  readonly hints: { readonly columns?: readonly string[] }
  readonly portionBytes: number
  readonly streams: PendingStreams
  /** A source with more bytes of records lands by load jobs, one with fewer by a pending stream. */
  readonly streamBytes: number
  /** The part of records, from 0 to 1, that may be bad. */
  readonly maxBad: number
  readonly dryRun: boolean
  readonly waitMs: number
  /** After so long without a word of its process a unit is anybody's. */
  readonly leaseMs: number
  /** Which of so many tasks this is, from 0. */
  readonly task: number
  readonly tasks: number
}
