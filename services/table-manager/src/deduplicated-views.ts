import { deduplicatedView } from '@tablestream/contract'
import type { Logger } from '@tablestream/service-kit'
import { Background } from './background.ts'
import type { Tables, TableState } from './tables.ts'

export interface DeduplicatedViews {
  /** Makes the view of a table, or renews it after the table got new columns. Returns at once. */
  keep(table: string, state: TableState): void
  /** Ends what is under way, soon. */
  close(): Promise<void>
}

/**
 * Beside each table a view that shows each event once: of rows with the same id and day the one that landed first. The day
 * is part of the key so that a filter on it reads the partitions of that day alone. What a view is said to hold is fixed
 * when it is made (docs: views), so it is made again when the table changes.
 */
export function createDeduplicatedViews(
  tables: Pick<Tables, 'keepView'>,
  dataset: string,
  logger: Logger,
): DeduplicatedViews {
  const background = new Background()
  const kept = new Map<string, string>()
  return {
    keep(table, { etag, fields }) {
      if (kept.get(table) === etag) return
      kept.set(table, etag)
      const view = deduplicatedView(table)
      const keep = () => tables.keepView(view, viewQuery(`${dataset}.${table}`), fields)
      void background.run(keep, (error) => {
        // the next look at the table tries again
        kept.delete(table)
        logger.error({ err: error, table, view }, 'the view without duplicates could not be kept')
      })
    },
    close: () => background.close(),
  }
}

/** @param table `project.dataset.table` */
function viewQuery(table: string): string {
  return `SELECT * FROM \`${table}\` WHERE TRUE
QUALIFY event_id IS NULL OR ROW_NUMBER() OVER (PARTITION BY event_date, event_id ORDER BY processed_timestamp) = 1`
}
