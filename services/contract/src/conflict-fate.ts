import { toJsonText, typeText, type Conflict } from '@tablestream/table-schema'
import type { EventPolicy } from './policy.ts'
import { shorten, type Rejection } from './messages/rejection.ts'

/** Whether the event of a value that no column takes is a dead letter; else the value goes to `_unmapped`. */
export function isRejected({ reason, columnMode }: Conflict, policy: EventPolicy): boolean {
  // without a value for a REQUIRED column BigQuery refuses the row
  if (columnMode === 'REQUIRED') return true
  if (reason === 'columns_frozen' || reason === 'column_limit') return policy.columns === 'dead_letter'
  return policy.types === 'dead_letter'
}

/** What is wrong with such an event. */
export function rejectionOf({
  path,
  reason,
  value,
  columnType,
  columnLimit,
  columnMode,
}: Conflict): Rejection {
  const shown = { path, value: shorten(toJsonText(value)) }
  if (reason === 'columns_frozen' || reason === 'column_limit') {
    const message = 'the policy of this event type allows no new column'
    return { reason: 'column_not_allowed', ...shown, message }
  }
  const column = columnMode === 'REQUIRED' ? 'the required column' : 'the column'
  const message =
    columnType === undefined
      ? 'no column can hold the value'
      : `${column} holds ${typeText(columnType, columnLimit)}`
  return { reason: 'type_conflict', ...shown, message }
}
