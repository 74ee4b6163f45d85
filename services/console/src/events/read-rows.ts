import type { Column } from '@tablestream/table-schema'
import type { Field, Row } from '../bigquery/cells.ts'
import { quoted, type Tables } from '../tables/dataset.ts'
import { ANY_DAY, fingerprintText } from './row-sql.ts'

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
  readonly eventId: string
  /** Of its bytes, as text; null: whatever they are. */
  readonly fingerprint: string | null
  /** Undefined: whose id it is does not matter. */
  readonly source: string | undefined
  /** Where they are looked for; undefined: on any day, as where rows take each other's place by source and id. */
  readonly days: readonly string[] | undefined
}

const MOST_ROWS = 20
const FINGERPRINT = 'fingerprint_of_console'

/**
 * The rows with this id and source, its own first, in the order in which they were written; twenty at most, and no more than BigQuery's
 * pages hold (`mayBeCut`).
 */
export async function readRows(
  tables: Tables,
  { table, columns, eventId, fingerprint, source, days }: RowsOfEvent,
): Promise<EventRow[]> {
  const has = (name: string) => columns.some((column) => column.name === name)
  const bytes = fingerprintText(has('_fingerprint'))
  const isOfSource = has('_source') && source !== undefined
  const ofSource = isOfSource ? 'AND (_source = @source OR _source IS NULL)' : ''
  const each = days?.map((_, n) => `CAST(@day${n} AS DATE)`)
  const ofDays = each ? `event_date IN (${each.join(', ')})` : ANY_DAY
  const sql = `SELECT *, ${bytes} AS ${FINGERPRINT} FROM ${quoted(tables, table)}
    WHERE ${ofDays} AND event_id = @id ${ofSource}
    ORDER BY IF(${bytes} = @fingerprint, 0, 1), processed_timestamp LIMIT ${MOST_ROWS}`
  const params = {
    id: eventId,
    fingerprint: fingerprint ?? '',
    ...Object.fromEntries(days?.map((day, n) => [`day${n}`, day]) ?? []),
    ...(isOfSource && { source }),
  }
  const { rows, fields } = await tables.warehouse.query({ sql, params, mayBeCut: true })
  return rows.map(({ [FINGERPRINT]: own, ...row }) => ({
    row,
    fingerprint: own as string | null,
    fields: fields.filter(({ name }) => name !== FINGERPRINT),
    partition: (row['event_date'] ?? '') as string,
    processed: (row['processed_timestamp'] ?? '') as string,
    isOwn: own === null || fingerprint === null || own === fingerprint,
  }))
}
