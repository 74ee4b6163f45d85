import { GoogleError, type GoogleStatus } from '../../google-error.ts'

/** StorageErrorCode of google/cloud/bigquery/storage/v1/storage.proto, as far as it is answered here. */
export const STORAGE_ERROR = {
  TABLE_NOT_FOUND: 1,
  STREAM_ALREADY_COMMITTED: 2,
  STREAM_NOT_FOUND: 3,
  INVALID_STREAM_TYPE: 4,
  INVALID_STREAM_STATE: 5,
  STREAM_FINALIZED: 6,
  SCHEMA_MISMATCH_EXTRA_FIELDS: 7,
  OFFSET_ALREADY_EXISTS: 8,
  OFFSET_OUT_OF_RANGE: 9,
} as const

export type StorageErrorName = keyof typeof STORAGE_ERROR

/** What a write stream does not do. */
export class StreamError extends GoogleError {
  readonly storageError: StorageErrorName
  /** The stream. */
  readonly entity: string

  constructor(status: GoogleStatus, storageError: StorageErrorName, entity: string, message: string) {
    super(status, `${message} Entity: ${entity}`)
    this.storageError = storageError
    this.entity = entity
  }
}

/** Rows that are not at the end of their stream: the connection goes on. */
export class OffsetError extends StreamError {
  constructor(entity: string, expected: number, received: number) {
    const isWritten = received < expected
    super(
      isWritten ? 'ALREADY_EXISTS' : 'OUT_OF_RANGE',
      isWritten ? 'OFFSET_ALREADY_EXISTS' : 'OFFSET_OUT_OF_RANGE',
      entity,
      `The offset is ${isWritten ? 'within' : 'beyond'} stream, expected offset ${expected}, received ${received}`,
    )
  }
}
