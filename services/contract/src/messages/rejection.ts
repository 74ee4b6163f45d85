/** Why a message can never become a row: the reason code of its dead letter, and what a person needs to mend the event. */
export interface Rejection {
  readonly reason: RejectionReason
  /** JSON pointer into the event; empty for the event as a whole. */
  readonly path: string
  /** JSON text of the value, cut to 512 characters; empty where nothing stands there. */
  readonly value: string
  readonly message: string
}

export type RejectionReason =
  | 'not_utf8'
  | 'not_json'
  /** It nests deeper than BigQuery's JSON does. */
  | 'too_deep'
  /** Parsed it would take more memory than a service has. */
  | 'too_many_values'
  /** Each of its keys may be a column: to look for so many takes seconds, in which nobody else is heard. */
  | 'too_many_keys'
  | 'not_an_object'
  | 'no_event_type'
  | 'event_type_too_long'
  | 'not_unicode'
  /** An object has a key twice: nobody can say which value counts. */
  | 'duplicate_key'
  | 'invalid_event'
  /** Another event of its type and source has its id, and other bytes. */
  | 'event_id_collision'
  /** A REQUIRED column cannot hold the value, or the policy of the event type wants such events here. */
  | 'type_conflict'
  /** The policy of the event type allows no table, or no new column. */
  | 'table_not_allowed'
  | 'column_not_allowed'
  /** The row is larger than one append may be. */
  | 'row_too_large'
  /** A column that the event needs did not come, however often the event waited for it, and it cannot land without. */
  | 'column_never_came'
  /** BigQuery refused the row on its own. */
  | 'row_refused'

const LONGEST = 512

/** Cuts without splitting a character in two: what is cut goes into attributes, which are UTF-8. */
export function shorten(text: string): string {
  return text.length <= LONGEST ? text.toWellFormed() : `${text.slice(0, LONGEST).toWellFormed()}…`
}
