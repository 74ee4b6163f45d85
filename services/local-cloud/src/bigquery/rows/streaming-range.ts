import { RowError } from '../values/row-values.ts'
import type { Table } from '../table/table.ts'

// docs: streaming into partitioned tables, "between 10 years in the past and 1 year in the future"
const OLDEST_DAYS = 3650
const NEWEST_DAYS = 366
const DAY_MS = 86_400_000

/** The days that rows of a table may have now. */
export interface DayRange {
  /** Days since 1970. */
  readonly oldest: number
  readonly newest: number
  /**
   * @param day YYYY-MM-DD, what the partition column of the row holds; undefined: nothing
   * @throws RowError where it is too long ago or too far ahead
   */
  check(day: string | undefined): void
}

/** The partitions that BigQuery takes streamed rows for. */
export class StreamingRange {
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  of({ reference, spec }: Table): DayRange {
    const today = Math.floor(this.#now() / DAY_MS)
    const oldest = today - OLDEST_DAYS
    const newest = today + NEWEST_DAYS
    const check = (day: string | undefined) => {
      if (day === undefined || (day >= dayText(oldest) && day <= dayText(newest))) return
      const column = spec.timePartitioning?.field ?? ''
      const { projectId, datasetId, tableId } = reference
      const message = `Value ${day} for partition column ${column} of the destination table ${projectId}:${datasetId}.${tableId} is outside the allowed bounds. You can only stream to partitions of date range within ${OLDEST_DAYS} days in the past and ${NEWEST_DAYS} days in the future relative to the current date.`
      throw new RowError(column, message)
    }
    return { oldest, newest, check }
  }
}

/** The DATE column by whose days the table is partitioned. */
export function dayColumn({ spec, fields }: Table): string | undefined {
  const column = spec.timePartitioning?.field
  return fields.some(({ name, type }) => name === column && type === 'DATE') ? column : undefined
}

function dayText(days: number): string {
  return new Date(days * DAY_MS).toISOString().slice(0, 10)
}
