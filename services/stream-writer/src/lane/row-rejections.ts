import { shorten, type Rejection } from '@tablestream/contract'

/** AppendRows takes 10 MB a request, and some of it is overhead. */
export const ROW_BYTES = 9.5 * 1024 * 1024

export function tooLarge(bytes: number): Rejection {
  const message = `the row has ${bytes} bytes, ${ROW_BYTES} is the limit`
  return { reason: 'row_too_large', path: '', value: '', message }
}

/** @param table that is not there */
export function tableNotAllowed(table: string): Rejection {
  const message = `there is no table ${table}, and the policy of this event type lets none be created`
  return { reason: 'table_not_allowed', path: '', value: '', message }
}

export function refused(message: string): Rejection {
  return { reason: 'row_refused', path: '', value: '', message: shorten(message) }
}
