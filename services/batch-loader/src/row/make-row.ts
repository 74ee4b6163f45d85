import {
  isRejected,
  rejectionOf,
  unmappedText,
  type Envelope,
  type EventPolicy,
  type LeftOut,
  type Rejection,
} from '@tablestream/contract'
import { offsetsOf, plan, type Column } from '@tablestream/table-schema'
import { bigqueryFingerprint } from 'farmhash-modern'
import type { Match } from '../judge/judge-record.ts'
import type { EmptyPlaces } from './empty-places.ts'
import type { StagingNames } from './staging-names.ts'
import type { RowText, WriteRow } from './row-text.ts'

/** A table as it is loaded into: its columns do not change while rows are made. */
export interface RowTable {
  readonly columns: readonly Column[]
  readonly write: WriteRow
  /** True at the place of each column that a row has had a value of since it was emptied. */
  readonly used: boolean[]
  readonly policy: EventPolicy
  /** Columns that a line has beside those of the event's table. */
  readonly names: StagingNames
}

/** `isWhole`: the columns take all that the event holds. It is the same by more columns, but for what is `empty`. */
export type MadeRow = { readonly isWhole: boolean; readonly empty?: EmptyPlaces } & (
  | { readonly outcome: 'row'; readonly line: string }
  | { readonly outcome: 'rejected'; readonly rejection: Rejection }
)

export interface RowFacts {
  readonly data: Uint8Array
  readonly match: Match
  /** Where the record stands in its source, as a number that grows. */
  readonly place: number
  /** RFC 3339 */
  readonly processedAt: string
}

/**
 * An event as a line for a load job. What no column takes goes to `_unmapped` or makes it a dead letter, by the policy of its type:
 * the table has had its chance to grow before.
 */
export function makeRow(
  envelope: Envelope,
  table: RowTable,
  facts: RowFacts,
  first: RowText = table.write(envelope.event),
): MadeRow {
  const { event } = envelope
  const { columns, policy } = table
  const { complete: isWhole, empty } = first
  const told = { isWhole, ...(empty && { empty }) }
  let leftOut: readonly LeftOut[] = [
    ...Object.entries(envelope.leftOver).map(([path, value]) => ({ path, value })),
    ...(policy.offsets === 'keep' ? offsetsOf(columns, event) : []),
  ]
  if (!first.complete) {
    const { conflicts } = plan(columns, event, { columnLimit: policy.column_limit, columns: 'freeze' })
    const rejected = conflicts.find((conflict) => isRejected(conflict, policy))
    if (rejected) return { outcome: 'rejected', rejection: rejectionOf(rejected), ...told }
    leftOut = [...leftOut, ...conflicts]
  }
  const unmapped = leftOut.length > 0 ? unmappedText(leftOut) : ''
  if (typeof unmapped !== 'string') return { outcome: 'rejected', rejection: unmapped, ...told }
  const line = lineOf(envelope, first.members, unmapped, { ...facts, names: table.names })
  return { outcome: 'row', line, ...told }
}

function lineOf(
  { eventId, eventDate, source }: Envelope,
  members: string,
  unmapped: string,
  { data, match, place, processedAt, names }: RowFacts & Pick<RowTable, 'names'>,
): string {
  const fingerprint = BigInt.asIntN(64, bigqueryFingerprint(data))
  // the copies of a record without an id are numbered when they land
  const id = match === 'bytes' ? `load-${BigInt.asUintN(64, fingerprint).toString(16)}` : eventId
  const rest = unmapped === '' ? '' : `,"_unmapped":${unmapped}`
  const own = members === '' ? '' : `,${members}`
  const envelope = `"event_id":${JSON.stringify(id)},"event_date":"${eventDate}","processed_timestamp":"${processedAt}"`
  const identity = `"_source":${JSON.stringify(source)},"_fingerprint":"${fingerprint}"`
  return `{${envelope},${identity},"${names.place}":${place},"${names.match}":"${match}"${rest}${own}}\n`
}
