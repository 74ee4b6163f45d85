import { shorten, type Rejection } from '@tablestream/contract'

/** @param table that is not there */
export function tableNotAllowed(table: string): Rejection {
  const message = `there is no table ${table}, and the policy of this event type lets none be created`
  return { reason: 'table_not_allowed', path: '', value: '', message }
}

export function refused(message: string): Rejection {
  return { reason: 'row_refused', path: '', value: '', message: shorten(message) }
}
