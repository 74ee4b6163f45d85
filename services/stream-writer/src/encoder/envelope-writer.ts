import { SYSTEM_COLUMNS, type Column } from '@tablestream/table-schema'
import { RowBuffer } from './row-buffer.ts'

/** The columns of a row that come from the envelope and not from the event. */
export interface RowEnvelope {
  readonly eventId: string
  /** Days since 1970. */
  readonly eventDay: number
  /** Microseconds since 1970. */
  readonly processedMicros: number
  /** JSON text for `_unmapped`, where there is any. */
  readonly unmapped?: string
}

/** Encoding a row is done in one go, so all tables write into one buffer. */
export const ROW = new RowBuffer()

const VARINT = 0
const BYTES = 2

/** Writes the system columns into the row, those that the table has. */
export function envelopeWriter(columns: readonly Column[], upsert: boolean): (envelope: RowEnvelope) => void {
  // 0 for a column that others made with another type: it is left alone
  const tagFor = (wanted: string, kind: number) => {
    const type = SYSTEM_COLUMNS.find(({ name }) => name === wanted)?.type
    const index = columns.findIndex(({ name }) => name === wanted)
    const column = columns[index]
    return column?.type === type && column?.mode !== 'REPEATED' ? (index + 1) * 8 + kind : 0
  }
  const id = tagFor('event_id', BYTES)
  const date = tagFor('event_date', VARINT)
  const processed = tagFor('processed_timestamp', VARINT)
  const rest = tagFor('_unmapped', BYTES)
  const changeType = (columns.length + 1) * 8 + BYTES
  return ({ eventId, eventDay, processedMicros, unmapped }) => {
    if (id > 0) {
      ROW.tag(id)
      ROW.text(eventId)
    }
    if (date > 0) {
      ROW.tag(date)
      ROW.int64(eventDay)
    }
    if (processed > 0) {
      ROW.tag(processed)
      ROW.int64(processedMicros)
    }
    if (unmapped !== undefined && rest > 0) {
      ROW.tag(rest)
      ROW.text(unmapped)
    }
    if (upsert) {
      ROW.tag(changeType)
      ROW.text('UPSERT')
    }
  }
}
