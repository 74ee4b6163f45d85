import type * as grpc from '@grpc/grpc-js'
import { BigQueryError } from '../bigquery/errors.ts'
import type { Table, TableReference } from '../bigquery/table.ts'
import type { Tables } from '../bigquery/tables.ts'
import { GoogleError, toGoogleError, unsupported } from '../google-error.ts'
import { STORAGE_ERROR, storageErrorMetadata } from './messages.ts'

/** What a method answers with when it fails: grpc-js sends code, message and metadata. */
export interface StreamFailure {
  readonly code: number
  readonly message: string
  readonly metadata?: grpc.Metadata
}

// current clients write …/streams/_default, older ones …/_default
const DEFAULT_STREAM = /^projects\/([^/]+)\/datasets\/([^/]+)\/tables\/([^/]+)\/(?:streams\/)?_default$/
const ANY_STREAM = /^projects\/[^/]+\/datasets\/[^/]+\/tables\/[^/]+\/streams\/[^/]+$/

/** The table behind a stream name. @throws GoogleError, BigQueryError notFound */
export function openTable(tables: Tables, stream: string): Table {
  const match = DEFAULT_STREAM.exec(stream)
  if (match) {
    const [, projectId, datasetId, tableId] = match as unknown as [string, string, string, string]
    const reference: TableReference = { projectId, datasetId, tableId }
    return tables.forWriters(reference)
  }
  if (ANY_STREAM.test(stream)) throw unsupported(`write streams other than the default one (${stream})`)
  throw new GoogleError('INVALID_ARGUMENT', `Invalid stream name "${stream}".`)
}

export function toFailure(error: unknown, entity: string): StreamFailure {
  if ((error instanceof BigQueryError || error instanceof GoogleError) && isNotFound(error)) {
    const message = `Requested entity was not found. Entity: ${entity}`
    return {
      code: 5,
      message,
      metadata: storageErrorMetadata(STORAGE_ERROR.TABLE_NOT_FOUND, entity, message),
    }
  }
  const { code, message } = toGoogleError(error)
  return { code, message }
}

function isNotFound(error: BigQueryError | GoogleError): boolean {
  return error instanceof BigQueryError ? error.reason === 'notFound' : error.status === 'NOT_FOUND'
}
