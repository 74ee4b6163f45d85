import type { Faults } from '../../faults/faults.ts'
import type { RowLog } from './row-log.ts'

export interface StoreOptions {
  /** Where rows are kept on their way; absent: in memory. */
  readonly log?: RowLog
  readonly faults?: Faults
  /** Where large results are kept, and nothing else; absent: in a temporary one. */
  readonly resultsFolder?: string
  /** MB that DuckDB takes at most, beside results; absent: half of what there is. */
  readonly memoryMb?: number | undefined
  /** Milliseconds since 1970; absent: those of the machine. */
  readonly now?: () => number
}
