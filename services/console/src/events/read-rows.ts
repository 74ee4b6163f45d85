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
  /** FARM_FINGERPRINT of its bytes, as text; null where the table keeps none. */
  readonly fingerprint: string | null
  /** Its bytes are those of the event; of a row without a fingerprint its id alone tells. */
  readonly isOwn: boolean
}

export interface RowsOfEvent {
  readonly table: string
  readonly columns: readonly Column[]
  readonly verdict: Extract<Verdict, { outcome: 'event' }>
  readonly first: PublishedMessage
  readonly source: string
  /** Its rows take each other's place by source and id, whatever their day is. */
  readonly isUpserted: boolean
}

const MOST_ROWS = 20
const FINGERPRINT = 'fingerprint_of_console'

/**
 * The rows with this id and source, the first that was written first: those in the partition of the event, or, where rows take each
 * other's place, of any day.
 */
export async function readRows(
  tables: Tables,
  { table, columns, verdict, first, source, isUpserted }: RowsOfEvent,
): Promise<EventRow[]> {
  const has = (name: string) => columns.some((column) => column.name === name)
  const fingerprint = has('_fingerprint') ? 'CAST(_fingerprint AS STRING)' : 'CAST(NULL AS STRING)'
  const ofSource = has('_source') ? 'AND (_source = @source OR _source IS NULL)' : ''
  // a table may ask for a condition on its partitions, whichever they are
  const ofDay = isUpserted ? `event_date >= DATE '0001-01-01' AND` : 'event_date = CAST(@day AS DATE) AND'
  const sql = `SELECT *, ${fingerprint} AS ${FINGERPRINT} FROM ${quoted(tables, table)}
    WHERE ${ofDay} event_id = @id ${ofSource} ORDER BY processed_timestamp LIMIT ${MOST_ROWS}`
  const params = {
    ...(!isUpserted && { day: verdict.eventDate }),
    id: verdict.eventId,
    ...(ofSource !== '' && { source }),
  }
  const { rows, fields } = await tables.warehouse.query({ sql, params })
  return rows.map(({ [FINGERPRINT]: bytes, ...row }) => ({
    row,
    fingerprint: bytes as string | null,
    fields: fields.filter(({ name }) => name !== FINGERPRINT),
    partition: (row['event_date'] ?? '') as string,
    processed: (row['processed_timestamp'] ?? '') as string,
    isOwn: bytes === null || bytes === first.fingerprint,
  }))
}
