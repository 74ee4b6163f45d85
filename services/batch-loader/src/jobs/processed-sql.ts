import { typeField } from '@tablestream/contract'
import type { Column } from '@tablestream/table-schema'
import type { BatchJob } from './batch-job.ts'

/** Columns that say how a row came to be, and not what it says: they stay with the table of events, as its type does. */
const OF_THE_EVENT = new Set(['_source', '_fingerprint', 'processed_timestamp'])

export interface ProcessedTable {
  /** Full names, in backticks. */
  readonly events: string
  readonly processed: string
  /** Of the table of events. */
  readonly columns: readonly Column[]
  /** Milliseconds since 1970: rows that are made from then on are of the next time. */
  readonly until: number
}

/** The label of a processed table that tells until when it has events, in milliseconds since 1970. */
export const UNTIL_LABEL = 'events_until'

/** SQL that is true for the rows of events that were made before a time. */
export const madeBefore = (until: number) => `processed_timestamp < TIMESTAMP_MILLIS(${until})`

/**
 * Makes the table of a job's processed rows anew: of the rows of events that are the same thing by its key the newest, with that key as the
 * table's, by its clusters and days. It says until when: the stream goes on, and whoever compares the two leaves out what came later.
 * JSON becomes its text, as Parquet has no such type.
 */
export function processedStatement(
  { key, newestBy, clusterBy }: BatchJob,
  { events, processed, columns, until }: ProcessedTable,
): string {
  const kept = columns.filter(({ name }) => name !== typeField() && !OF_THE_EVENT.has(name))
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
OPTIONS (labels = [('${UNTIL_LABEL}', '${until}')])
AS SELECT ${selected.join(', ')}
FROM ${events}
WHERE ${madeBefore(until)}
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
