import { createHash } from 'node:crypto'
import { deduplicatedView, TYPE_FIELD, typeField } from '@tablestream/contract'
import type { Logger } from '@tablestream/service-kit'
import { Background } from './background.ts'
import type { TableField, Tables, TableState } from '../tables.ts'

export interface DeduplicatedViews {
  /** Makes the view of a table, or renews it after the table got new columns. Returns at once. */
  keep(table: string, state: TableState): void
  /** Resolves when the views under way are there, or after so many milliseconds. */
  settled(withinMs: number): Promise<void>
  /** Ends what is under way, soon. */
  close(): Promise<void>
}

/**
 * Beside each table a view that shows each event once: of rows with the same type, source, id and bytes the one that landed
 * first. What a view is said to hold is fixed when it is made (docs: views), so it is made again when the table changes.
 */
export function createDeduplicatedViews(
  tables: Pick<Tables, 'keepView'>,
  dataset: string,
  logger: Logger,
): DeduplicatedViews {
  const background = new Background()
  const kept = new Map<string, string>()
  return {
    keep(table, state) {
      const { fields, createdAt, modifiedAt } = state
      const query = viewQuery(`${dataset}.${table}`, state)
      const shape = createHash('sha1')
        .update(query)
        .update(JSON.stringify(fields.map(shownOf)))
        .digest('base64')
      if (kept.get(table) === shape) return
      kept.set(table, shape)
      const view = deduplicatedView(table)
      const keep = () => tables.keepView(view, query, fields, createdAt === modifiedAt)
      void background.run(keep, (error) => {
        // the next look at the table tries again
        kept.delete(table)
        logger.error({ err: error, table, view }, 'the view without duplicates could not be kept')
      })
    },
    settled: (withinMs) => background.settled(withinMs),
    close: () => background.close(),
  }
}

/** What of a field a view shows: its name and type. */
function shownOf({ name, type, fields }: TableField): object {
  return { name, type, ...(fields && { fields: fields.map(shownOf) }) }
}

/** What an event is told by beside its type, as far as the table has it. Rows from before it had a fingerprint are told by id and day. */
const KEY = ['_source', 'event_id', '_fingerprint']
const OLD_KEY = 'IF(_fingerprint IS NULL, event_date, NULL)'

/** @param table `project.dataset.table` */
function viewQuery(table: string, { fields, requiresPartitionFilter }: TableState): string {
  const names = new Set(fields.map(({ name }) => name))
  const type = typeField()
  // another name may be a word of SQL
  const typeColumn = type === TYPE_FIELD ? type : `\`${type}\``
  // a column that is older than this meaning of its name may have a type that tells nothing apart
  const hasType = fields.some((field) => field.name === type && field.type === 'STRING')
  const key = [...(hasType ? [typeColumn] : []), ...KEY.filter((column) => names.has(column))]
  // only what stands in the key lets a filter through to the partitions: without it nobody could query the view
  const day = requiresPartitionFilter || !names.has('_fingerprint') ? 'event_date' : OLD_KEY
  return `SELECT * FROM \`${table}\` WHERE TRUE
QUALIFY event_id IS NULL OR ROW_NUMBER() OVER (PARTITION BY ${[...key, day].join(', ')} ORDER BY processed_timestamp) = 1`
}
