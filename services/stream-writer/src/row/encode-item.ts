import {
  isRejected,
  rejectionOf,
  shorten,
  unmappedText,
  type Envelope,
  type EventPolicy,
  type LeftOut,
  type Message,
  type Rejection,
} from '@tablestream/contract'
import { hasContent, offsetsOf, plan, type Conflict } from '@tablestream/table-schema'
import type { Fingerprint } from './fingerprint.ts'
import { changeSequence } from './change-sequence.ts'
import { releaseRow, type RowPlace } from './row-chunk.ts'
import type { WriteSchema } from './write-schema.ts'

export type EncodedItem =
  | {
      readonly outcome: 'row'
      readonly row: RowPlace
      /** Values of it found no place in the columns. */
      readonly hasConflicts: boolean
    }
  /** The table lacks a column that it is about to get. */
  | { readonly outcome: 'waits' }
  | { readonly outcome: 'rejected'; readonly rejection: Rejection }

export interface EncodeItemOptions {
  /** The event has waited long enough: it ends without the columns that did not come. */
  readonly last?: boolean
}

/** What a row has that does not stand in its event. */
export interface RowFacts {
  /** Days since 1970: the partition. */
  readonly day: number
  /** Milliseconds since 1970: `processed_timestamp`. */
  readonly nowMs: number
  readonly fingerprint: Readonly<Fingerprint>
  readonly message: Message
}

/**
 * One event as a row of this schema. An event that fits is encoded and done. Where the encoder left something out, the plan
 * tells what it was: a change to come (the event waits) or a value that no column takes, which goes to `_unmapped` or takes
 * the event to the dead letters, by the policy of its type.
 */
export function encodeItem(
  envelope: Envelope,
  schema: WriteSchema,
  policy: EventPolicy,
  { day, nowMs, fingerprint, message }: RowFacts,
  { last = false }: EncodeItemOptions = {},
): EncodedItem {
  const { event, eventId, source } = envelope
  const leftOver: readonly LeftOut[] = [
    ...Object.entries(envelope.leftOver).map(([path, value]) => ({ path, value })),
    ...schema.lacks
      .map((key) => ({ path: `/${key}`, value: event[key] ?? null }))
      .filter(({ value }) => hasContent(value)),
    ...(policy.offsets === 'keep' ? offsetsOf(schema.columns, event) : []),
  ]
  const facts = { eventId, source, fingerprint, eventDay: day, processedMicros: nowMs * 1000 }
  const row = policy.duplicates === 'upsert' ? { ...facts, sequence: changeSequence(message) } : facts
  const first = schema.encode(event, row)
  if (first.complete && leftOver.length === 0 && schema.lacks.length === 0)
    return { outcome: 'row', row: first.row, hasConflicts: false }
  releaseRow(first.row)

  // a column in quarantine may come or not: nobody waits for it
  const waits = policy.columns === 'evolve' && policy.quarantine === undefined && !last
  const planned = plan(schema.columns, event, {
    columnLimit: policy.column_limit,
    columns: waits ? 'evolve' : 'freeze',
  })
  if (planned.outcome === 'alter')
    return last ? { outcome: 'rejected', rejection: withoutColumns(planned.added) } : { outcome: 'waits' }
  const { conflicts } = planned
  const rejected = conflicts.find((conflict) => isRejected(conflict, policy))
  if (rejected) return { outcome: 'rejected', rejection: last ? neverCame(rejected) : rejectionOf(rejected) }
  const left = [...conflicts, ...leftOver]
  if (left.length === 0) return { outcome: 'row', row: schema.encode(event, row).row, hasConflicts: false }
  if (!schema.takesRest) return { outcome: 'rejected', rejection: withoutRest(left[0]!) }
  const unmapped = unmappedText(left)
  if (typeof unmapped !== 'string') return { outcome: 'rejected', rejection: unmapped }
  const { row: encoded } = schema.encode(event, { ...row, unmapped })
  return { outcome: 'row', row: encoded, hasConflicts: conflicts.length > 0 }
}

/** @param left what no column takes: a conflict, or a value of the envelope */
function withoutRest(left: LeftOut | Conflict): Rejection {
  const { message, ...rejection } = rejectionOf(
    'reason' in left ? left : { ...left, reason: 'no_column_type' },
  )
  return { ...rejection, reason: 'type_conflict', message: `${message}, and _unmapped is no JSON` }
}

const NEVER_CAME = 'column_never_came'

/** A conflict that a change of the table would have solved, if it had come. */
function neverCame(conflict: Conflict): Rejection {
  const { message, ...rejection } = rejectionOf(conflict)
  return {
    ...rejection,
    reason: NEVER_CAME,
    message: `${message}, and the change of the table that the event waited for did not come`,
  }
}

/** Without the columns that every table has, a value that fits nowhere would be lost. */
function withoutColumns(added: readonly string[]): Rejection {
  const message = `the columns ${added.join(', ')} did not come`
  return { reason: NEVER_CAME, path: '', value: '', message: shorten(message) }
}
