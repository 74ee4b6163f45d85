/** What the end of an append connection means for the rows that it had not confirmed. */
export type AppendFailure =
  /** The table is not there (yet, or no longer). */
  | 'missing'
  /** The write path does not know a column of ours yet. */
  | 'unknown_columns'
  /** A broken connection, quota, a failure of the service: the same rows may pass later. */
  | 'retry'
  /** The request itself is refused. */
  | 'refused'

interface GrpcError {
  readonly code?: number
  readonly message?: string
}

const INVALID_ARGUMENT = 3
const NOT_FOUND = 5
const PERMISSION_DENIED = 7
const RETRIED = new Set([1, 2, 4, 8, 10, 13, 14])

// the trailer that would tell the StorageError code is not always sent; the text is (google/cloud/bigquery/storage)
// (with _CHANGE_TYPE, a primary key that it has not heard of is like a column)
const EXTRA_FIELDS = /more fields than BigQuery schema|extra fields|SCHEMA_MISMATCH_EXTRA_FIELDS|primary key/i

export function classify(error: unknown): AppendFailure {
  const { code, message = '' } = error as GrpcError
  // a table that was dropped a moment ago may answer either
  if (code === NOT_FOUND || code === PERMISSION_DENIED) return 'missing'
  if (code === INVALID_ARGUMENT && EXTRA_FIELDS.test(message)) return 'unknown_columns'
  return code === undefined || RETRIED.has(code) ? 'retry' : 'refused'
}
