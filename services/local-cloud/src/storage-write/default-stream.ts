import { BigQueryError } from '../bigquery/errors.ts'
import type { Table, TableReference } from '../bigquery/table/table.ts'
import type { Tables } from '../bigquery/catalog/tables.ts'
import { GoogleError, toGoogleError } from '../google-error.ts'
import type { Failure } from '../grpc/status.ts'
import { StreamError } from '../bigquery/catalog/stream-errors.ts'
import { storageErrorTrailers } from './messages.ts'

// current clients write …/streams/_default, older ones …/_default
const DEFAULT_STREAM = /^projects\/([^/]+)\/datasets\/([^/]+)\/tables\/([^/]+)\/(?:streams\/)?_default$/
const ANY_STREAM = /^projects\/[^/]+\/datasets\/[^/]+\/tables\/[^/]+\/streams\/[^/]+$/

/**
 * The table behind a stream name.
 *
 * Whoever asks for a table that never was hears what one hears who may not see it: so did the default stream of Google answer
 * (github.com/flink-gcp/flink-connector-gcp, ADR 30), with one permission for a table that is not there, and with another while a
 * table that was just made is not known. NOT_FOUND comes for a table that is dropped, or made anew under its name
 * (hafenkran/duckdb-bigquery#133, GoogleCloudDataproc/spark-bigquery-connector#1487).
 *
 * @throws GoogleError, BigQueryError
 */
export function openTable(tables: Tables, stream: string, method: 'GetWriteStream' | 'AppendRows'): Table {
  const match = DEFAULT_STREAM.exec(stream)
  if (match) return openReference(tables, referenceOf(match), method)
  if (ANY_STREAM.test(stream))
    throw new StreamError('NOT_FOUND', 'STREAM_NOT_FOUND', stream, 'Requested entity was not found.')
  throw new GoogleError('INVALID_ARGUMENT', `Invalid stream name "${stream}".`)
}

/** The table behind a name, `projects/…/datasets/…/tables/…`. @throws as `openTable` */
export function openTableName(tables: Tables, name: string): Table {
  return openReference(tables, tableReferenceOf(name), 'GetWriteStream')
}

/** @throws GoogleError INVALID_ARGUMENT */
export function tableReferenceOf(name: string): TableReference {
  const match = TABLE.exec(name)
  if (!match) throw new GoogleError('INVALID_ARGUMENT', `Invalid table name "${name}".`)
  return referenceOf(match)
}

const TABLE = /^projects\/([^/]+)\/datasets\/([^/]+)\/tables\/([^/]+)$/

function referenceOf(match: RegExpExecArray): TableReference {
  const [, projectId, datasetId, tableId] = match as unknown as [string, string, string, string]
  return { projectId, datasetId, tableId }
}

function openReference(
  tables: Tables,
  reference: TableReference,
  method: 'GetWriteStream' | 'AppendRows',
): Table {
  try {
    return tables.known.forWriters(reference)
  } catch (error) {
    if (!isNotFound(error) || tables.known.wasLatelyDropped(reference)) throw error
    const isUnknown = method === 'AppendRows' && tables.find(reference) !== undefined
    throw hidden(isUnknown ? 'TABLES_UPDATE_DATA' : 'TABLES_GET', reference)
  }
}

function hidden(permission: string, { projectId, datasetId, tableId }: TableReference): GoogleError {
  const resource = `projects/${projectId}/datasets/${datasetId}/tables/${tableId}`
  return new GoogleError(
    'PERMISSION_DENIED',
    `Permission '${permission}' denied on resource '${resource}' (or it may not exist).`,
  )
}

export function toFailure(error: unknown, entity: string): Failure {
  if (error instanceof StreamError) {
    const { code, message, storageError } = error
    return { code, message, trailers: storageErrorTrailers(storageError, error.entity, message) }
  }
  if (isNotFound(error)) {
    const message = `Requested entity was not found. Entity: ${entity}`
    return {
      code: 5,
      message,
      trailers: storageErrorTrailers('TABLE_NOT_FOUND', entity, message),
    }
  }
  const { code, message } = toGoogleError(error)
  return { code, message }
}

function isNotFound(error: unknown): boolean {
  if (error instanceof BigQueryError) return error.reason === 'notFound'
  return error instanceof GoogleError && error.status === 'NOT_FOUND'
}
