import { ENVELOPE_KEYS, SYSTEM_COLUMNS, type Column } from '@tablestream/table-schema'
import type { Fingerprint } from './fingerprint.ts'
import { RowBuffer } from './row-buffer.ts'

/** The columns of a row that come from the envelope and not from the event. */
export interface RowEnvelope {
  readonly eventId: string
  /** Whose id it is. */
  readonly source: string
  /** Of the event's bytes: what tells a repeat from another event with the same id. */
  readonly fingerprint: Readonly<Fingerprint>
  /** Days since 1970. */
  readonly eventDay: number
  /** Microseconds since 1970. */
  readonly processedMicros: number
  /** JSON text for `_unmapped`, where there is any. */
  readonly unmapped?: string
  /** Where rows take the place of others: which is the newer one, as `changeSequence` says it. */
  readonly sequence?: string
}

/** Encoding a row is done in one go, so all tables write into one buffer. */
export const ROW = new RowBuffer()

const VARINT = 0
const BYTES = 2

/** The place of a system column; -1 where there is none: others dropped it, or made it with another type, and that one is left alone. */
function placeOf(columns: readonly Column[], wanted: string): number {
  const type = SYSTEM_COLUMNS.find(({ name }) => name === wanted)?.type
  return columns.findIndex(
    (column) => column.name === wanted && column.type === type && column.mode !== 'REPEATED',
  )
}

/** Those of these system columns that a row of the table cannot have. */
export function placeless(columns: readonly Column[], wanted: readonly string[]): readonly string[] {
  return wanted.filter((name) => placeOf(columns, name) < 0)
}

/** Writes the system columns into the row, those that the table has. */
export function envelopeWriter(columns: readonly Column[], upsert: boolean): (envelope: RowEnvelope) => void {
  const tagFor = (wanted: string, kind: number) => {
    const place = placeOf(columns, wanted)
    return place < 0 ? 0 : (place + 1) * 8 + kind
  }
  const id = tagFor(ENVELOPE_KEYS.id, BYTES)
  const date = tagFor(ENVELOPE_KEYS.date, VARINT)
  const processed = tagFor('processed_timestamp', VARINT)
  const rest = tagFor('_unmapped', BYTES)
  const sourceTag = tagFor('_source', BYTES)
  const fingerprintTag = tagFor('_fingerprint', VARINT)
  const changeType = (columns.length + 1) * 8 + BYTES
  const changeNumber = (columns.length + 2) * 8 + BYTES
  return ({ eventId, source, fingerprint, eventDay, processedMicros, unmapped, sequence }) => {
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
    if (sourceTag > 0) {
      ROW.tag(sourceTag)
      ROW.text(source)
    }
    if (fingerprintTag > 0) {
      ROW.tag(fingerprintTag)
      ROW.halves(fingerprint.low, fingerprint.high)
    }
    if (upsert) {
      ROW.tag(changeType)
      ROW.text('UPSERT')
      if (sequence !== undefined) {
        ROW.tag(changeNumber)
        ROW.text(sequence)
      }
    }
  }
}
