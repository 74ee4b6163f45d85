import type { Column } from '@tablestream/table-schema'
import type { BatchJob } from './batch-job.ts'

/** Columns that say how a row came to be, and not what it says: they stay with the table of events. */
const OF_THE_EVENT = new Set(['event_type', '_source', '_fingerprint', 'processed_timestamp'])

export interface ProcessedTable {
  /** Full names, in backticks. */
  readonly events: string
  readonly processed: string
  /** Of the table of events. */
  readonly columns: readonly Column[]
}

/**
 * Makes the table of a job's processed rows anew: of the rows of events that are the same thing by its key the newest, with that key as the
 * table's, by its clusters and days. JSON becomes its text, as Parquet has no such type.
 */
export function processedStatement(
  { key, newestBy, clusterBy }: BatchJob,
  { events, processed, columns }: ProcessedTable,
): string {
  const kept = columns.filter(({ name }) => !OF_THE_EVENT.has(name))
  const typed = kept.map((column) => `  ${quoted(column.name)} ${typeOf(column)}`)
  const selected = kept.map(({ name, type, mode }) => {
    if (type !== 'JSON') return quoted(name)
    if (mode !== 'REPEATED') return `TO_JSON_STRING(${quoted(name)}) AS ${quoted(name)}`
    return `ARRAY(SELECT TO_JSON_STRING(each) FROM UNNEST(${quoted(name)}) AS each) AS ${quoted(name)}`
  })
  const listed = (names: readonly string[]) => names.map(quoted).join(', ')
  return `CREATE OR REPLACE TABLE ${processed} (
${typed.join(',\n')},
  PRIMARY KEY (${listed(key)}) NOT ENFORCED
)
PARTITION BY event_date
CLUSTER BY ${listed(clusterBy)}
AS SELECT ${selected.join(', ')}
FROM ${events}
WHERE TRUE
QUALIFY ROW_NUMBER() OVER (PARTITION BY ${listed(key)} ORDER BY ${quoted(newestBy)} DESC, processed_timestamp DESC, event_id) = 1`
}

function typeOf({ type, mode, fields }: Column): string {
  const one =
    type === 'RECORD'
      ? `STRUCT<${fields!.map((field) => `${quoted(field.name)} ${typeOf(field)}`).join(', ')}>`
      : type === 'JSON'
        ? 'STRING'
        : type
  return mode === 'REPEATED' ? `ARRAY<${one}>` : one
}

const quoted = (name: string) => `\`${name}\``
