import type { Verdict } from '@tablestream/contract'
import type { Column } from '@tablestream/table-schema'
import type { Field, Row } from '../bigquery/cells.ts'
import { quoted, type Tables } from '../tables/dataset.ts'
import type { PublishedMessage } from './find-event.ts'

/** A row with the id of an event. */
export interface EventRow {
  readonly row: Row
  readonly fields: readonly Field[]
  readonly partition: string
  /** RFC 3339. */
  readonly processed: string
  /** Its bytes are those of the event; of a row without a fingerprint its id alone tells. */
  readonly isOwn: boolean
}

export interface RowsOfEvent {
  readonly table: string
  readonly columns: readonly Column[]
  readonly verdict: Extract<Verdict, { outcome: 'event' }>
  readonly first: PublishedMessage
  readonly source: string
}

const MOST_ROWS = 20
const FINGERPRINT = 'fingerprint_of_console'

/** The rows with this id and source in the partition of the event, the first that was written first. */
export async function readRows(
  tables: Tables,
  { table, columns, verdict, first, source }: RowsOfEvent,
): Promise<EventRow[]> {
  const has = (name: string) => columns.some((column) => column.name === name)
  const fingerprint = has('_fingerprint') ? 'CAST(_fingerprint AS STRING)' : 'CAST(NULL AS STRING)'
  const ofSource = has('_source') ? 'AND (_source = @source OR _source IS NULL)' : ''
  const sql = `SELECT *, ${fingerprint} AS ${FINGERPRINT} FROM ${quoted(tables, table)}
    WHERE event_date = CAST(@day AS DATE) AND event_id = @id ${ofSource} ORDER BY processed_timestamp LIMIT ${MOST_ROWS}`
  const params = {
    day: verdict.eventDate,
    id: verdict.eventId,
    ...(ofSource !== '' && { source }),
  }
  const { rows, fields } = await tables.warehouse.query({ sql, params })
  return rows.map(({ [FINGERPRINT]: bytes, ...row }) => ({
    row,
    fields: fields.filter(({ name }) => name !== FINGERPRINT),
    partition: (row['event_date'] ?? '') as string,
    processed: (row['processed_timestamp'] ?? '') as string,
    isOwn: bytes === null || bytes === first.fingerprint,
  }))
}
