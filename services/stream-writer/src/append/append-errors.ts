/** What a failed append means for its rows. */
export type AppendFailure =
  /**
   * The write path shows us no such table: it is not there (yet, or no longer), or we may not see it. Which of these it is, neither status
   * says (presence/presence.ts).
   */
  | 'not_shown'
  /** The rows were encoded for other columns than those that the write path knows. */
  | 'other_columns'
  /** A broken connection, quota, a failure of the service, whatever nobody has a name for: the same rows may pass later. */
  | 'retry'
  /** The request itself is refused: one of its rows is to blame, or its size. */
  | 'refused'

/** The part of a gRPC error, or of an error in an answer, that tells what it is. */
interface GrpcError {
  readonly code?: number
  readonly message?: string
  readonly metadata?: { get(key: string): readonly unknown[] }
}

const INVALID_ARGUMENT = 3
const NOT_FOUND = 5
const PERMISSION_DENIED = 7
const RESOURCE_EXHAUSTED = 8

/** StorageErrorCode (storage.proto), as far as it says more than the status. */
const STORAGE_ERRORS: Readonly<Record<number, AppendFailure>> = {
  1: 'not_shown', // TABLE_NOT_FOUND
  2: 'retry', // STREAM_ALREADY_COMMITTED
  3: 'not_shown', // STREAM_NOT_FOUND: a default stream is there as long as its table
  4: 'retry', // INVALID_STREAM_TYPE
  5: 'retry', // INVALID_STREAM_STATE
  6: 'retry', // STREAM_FINALIZED: another connection may have another stream behind it
  7: 'other_columns', // SCHEMA_MISMATCH_EXTRA_FIELDS
}
const STORAGE_ERROR = 'google.cloud.bigquery.storage.v1.storageerror-bin'
const CODE_TAG = 8

// The trailer with the StorageError is not always sent, and answers have none; the texts are Google's.
// (With _CHANGE_TYPE, a primary key that the write path has not heard of is like a column.)
const OTHER_COLUMNS =
  /more fields than BigQuery schema|extra fields|schema mismatch|mismatched with BigQuery field|SCHEMA_MISMATCH|primary key/i
const STREAM_STATE =
  /STREAM_FINALIZED|INVALID_STREAM_STATE|stream (is|was|has been) (already )?(finalized|closed)/i
/** What gRPC says of a message that is too large for the server; Google's own limit is an INVALID_ARGUMENT. */
const TOO_LARGE = /larger than max|too large|exceeds the (limit|maximum)/i

/**
 * What is not known is tried again: a row is a dead letter only where BigQuery says that the row or its request is bad, never
 * for a status that a front end, a credential or a network made.
 */
export function classify(error: unknown): AppendFailure {
  const { code, message = '' } = error as GrpcError
  const known = STORAGE_ERRORS[storageErrorCode(error as GrpcError)]
  if (known) return known
  if (code === NOT_FOUND || code === PERMISSION_DENIED) return 'not_shown'
  if (code === RESOURCE_EXHAUSTED && TOO_LARGE.test(message)) return 'refused'
  if (code !== INVALID_ARGUMENT || STREAM_STATE.test(message)) return 'retry'
  return OTHER_COLUMNS.test(message) ? 'other_columns' : 'refused'
}

/** Whether it says that we may not do this, and no more. */
export function isDenied(error: unknown): boolean {
  return (error as GrpcError).code === PERMISSION_DENIED && storageErrorCode(error as GrpcError) === 0
}

/** 0 where there is none. A StorageError begins with its code, which takes one byte. */
function storageErrorCode({ metadata }: GrpcError): number {
  const bytes = metadata?.get(STORAGE_ERROR)[0]
  return Buffer.isBuffer(bytes) && bytes[0] === CODE_TAG ? bytes[1]! : 0
}
