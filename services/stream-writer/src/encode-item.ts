import { shorten, type Envelope, type Rejection } from '@tablestream/contract'
import { plan, toJsonText, type Conflict, type JsonValue } from '@tablestream/table-schema'
import type { WriteSchema } from './write-schema.ts'

export type EncodedItem =
  | { readonly outcome: 'row'; readonly bytes: Buffer }
  /** The table lacks a column that it is about to get. */
  | { readonly outcome: 'waits' }
  | { readonly outcome: 'rejected'; readonly rejection: Rejection }

export interface RowTime {
  /** Days since 1970: the partition. */
  readonly day: number
  /** Milliseconds since 1970: `processed_timestamp`. */
  readonly nowMs: number
}

/**
 * One event as a row of this schema. An event that fits is encoded and done. Where the encoder left something out, the plan
 * tells what it was: a change to come (the event waits) or a value that no column takes (it goes to `_unmapped`).
 */
export function encodeItem(envelope: Envelope, schema: WriteSchema, { day, nowMs }: RowTime): EncodedItem {
  const { event, eventId, leftOver } = envelope
  const row = { eventId, eventDay: day, processedMicros: nowMs * 1000 }
  const first = schema.encode(event, row)
  const hasLeftOver = Object.keys(leftOver).length > 0
  if (first.complete && !hasLeftOver) return { outcome: 'row', bytes: first.bytes }

  const { outcome, conflicts } = plan(schema.columns, event)
  if (outcome === 'alter') return { outcome: 'waits' }
  const required = conflicts.find(({ columnMode }) => columnMode === 'REQUIRED')
  if (required) return { outcome: 'rejected', rejection: typeConflict(required) }
  const unmapped: Record<string, JsonValue> = { ...leftOver }
  for (const { path, value } of conflicts) unmapped[path] = value
  return { outcome: 'row', bytes: schema.encode(event, { ...row, unmapped: toJsonText(unmapped) }).bytes }
}

function typeConflict({ path, value, columnType }: Conflict): Rejection {
  return {
    reason: 'type_conflict',
    path,
    value: shorten(toJsonText(value)),
    message: `the required column holds ${columnType}`,
  }
}
