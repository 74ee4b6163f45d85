import { createRequire } from 'node:module'
import { fromJSON, type PackageDefinition } from '@grpc/proto-loader'
import protobuf from 'protobufjs'
import type { Field } from '../bigquery/values/fields.ts'
import type { Failure } from '../grpc/status.ts'
import type { ServiceDefinition } from '../grpc/grpc-server.ts'
import { STORAGE_ERROR, type StorageErrorName, type StreamError } from '../bigquery/catalog/stream-errors.ts'

// The .proto files of the package import others that it does not ship; the JSON form is whole.
const json = createRequire(import.meta.url)(
  '@google-cloud/bigquery-storage/build/protos/protos.json',
) as protobuf.INamespace

const within = (space: protobuf.INamespace, ...names: readonly string[]) =>
  names.reduce((outer, name) => outer.nested![name] as protobuf.INamespace, space)
const around = (space: protobuf.INamespace, ...names: readonly string[]): protobuf.INamespace =>
  names.reduceRight((inner, name) => ({ nested: { [name]: inner } }), space)

const v1 = within(json, 'google', 'cloud', 'bigquery', 'storage', 'v1')

/** The package holds older versions too. Nobody here asks for them, and to build them takes longer than all else of a start. */
const protos = around(
  {
    nested: {
      ...within(json, 'google').nested,
      cloud: around(v1, 'bigquery', 'storage', 'v1'),
    },
  },
  'google',
)

let loaded: PackageDefinition | undefined

/** A service of the Storage API, built from the protos that Google's own client ships. */
export function storageService(name: 'BigQueryWrite' | 'BigQueryRead'): ServiceDefinition {
  loaded ??= fromJSON(protos, {
    longs: String,
    enums: String,
    defaults: false,
    oneofs: true,
    keepCase: false,
  })
  return loaded[`google.cloud.bigquery.storage.v1.${name}`] as unknown as ServiceDefinition
}

export interface AppendRowsRequest {
  readonly writeStream?: string
  readonly offset?: { readonly value?: string }
  readonly protoRows?: {
    readonly writerSchema?: { readonly protoDescriptor?: object }
    readonly rows?: { readonly serializedRows?: readonly Buffer[] }
  }
  readonly arrowRows?: object
  readonly missingValueInterpretations?: Readonly<Record<string, string>>
  readonly defaultMissingValueInterpretation?: string
  readonly traceId?: string
}

export interface RowErrorMessage {
  readonly index: string
  readonly code: 'FIELDS_ERROR'
  readonly message: string
}

export interface AppendRowsResponse {
  readonly appendResult?: object
  readonly error?: {
    readonly code: number
    readonly message: string
    readonly details?: readonly { readonly type_url: string; readonly value: Buffer }[]
  }
  readonly updatedSchema?: object
  readonly rowErrors?: readonly RowErrorMessage[]
  readonly writeStream?: string
}

const STORAGE_TYPES: Readonly<Record<string, string>> = {
  INTEGER: 'INT64',
  FLOAT: 'DOUBLE',
  BOOLEAN: 'BOOL',
  RECORD: 'STRUCT',
}

/** TableSchema of the Storage Write API. */
export function tableSchema(fields: readonly Field[]): object {
  return { fields: fields.map(storageField) }
}

/** Of a column, what both APIs call alike. */
const SAME_NAMES = [
  'description',
  'maxLength',
  'precision',
  'scale',
  'defaultValueExpression',
  'rangeElementType',
] as const

function storageField(field: Field): object {
  const { name, type, mode, timestampPrecision, fields } = field
  const same = SAME_NAMES.filter((key) => field[key] !== undefined).map((key) => [key, field[key]])
  return {
    name,
    type: STORAGE_TYPES[type] ?? type,
    mode: mode ?? 'NULLABLE',
    ...Object.fromEntries(same),
    // Int64Value
    ...(timestampPrecision !== undefined && { timestampPrecision: { value: timestampPrecision } }),
    ...(fields && { fields: fields.map(storageField) }),
  }
}

/** This one message alone: all of them are built once, for the services. */
const storageError = protobuf.Root.fromJSON(around(within(v1, 'StorageError'), 'StorageError')).lookupType(
  'StorageError',
)

/** The trailer in which Google sends what kind of error ended the stream. */
export function storageErrorTrailers(
  name: StorageErrorName,
  entity: string,
  errorMessage: string,
): NonNullable<Failure['trailers']> {
  return {
    'google.cloud.bigquery.storage.v1.storageerror-bin': storageErrorBytes(name, entity, errorMessage),
  }
}

/** An error for which the connection goes on. */
export function inBandStorageError({
  code,
  message,
  storageError: name,
  entity,
}: StreamError): AppendRowsResponse {
  const value = storageErrorBytes(name, entity, message)
  return { error: { code, message, details: [{ type_url: STORAGE_ERROR_URL, value }] } }
}

const STORAGE_ERROR_URL = 'type.googleapis.com/google.cloud.bigquery.storage.v1.StorageError'

function storageErrorBytes(name: StorageErrorName, entity: string, errorMessage: string): Buffer {
  return Buffer.from(storageError.encode({ code: STORAGE_ERROR[name], entity, errorMessage }).finish())
}
