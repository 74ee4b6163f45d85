import { once } from 'node:events'
import { BigQueryError } from '../bigquery/errors.ts'
import { GoogleError, toGoogleError, unsupported } from '../google-error.ts'
import type { Call, UnaryHandler } from '../grpc/call.ts'
import type { GrpcServer } from '../grpc/grpc-server.ts'
import { tableReferenceOf } from '../storage-write/default-stream.ts'
import { storageService } from '../storage-write/messages.ts'
import type { ReadSessions, SessionRequest } from './sessions.ts'

interface CreateReadSessionRequest {
  readonly parent?: string
  readonly readSession?: {
    readonly table?: string
    readonly dataFormat?: string
    readonly tableModifiers?: { readonly snapshotTime?: object }
    readonly readOptions?: {
      readonly selectedFields?: readonly string[]
      readonly rowRestriction?: string
      readonly samplePercentage?: number
      readonly responseCompressionCodec?: string
      readonly arrowSerializationOptions?: { readonly picosTimestampPrecision?: string }
      readonly avroSerializationOptions?: { readonly picosTimestampPrecision?: string }
    }
  }
  readonly maxStreamCount?: number
  readonly preferredMinStreamCount?: number
}

/** Rows of one response, at most; and values, of wide tables. */
const PAGE = 8192
const MOST_VALUES = 500_000
const HALF = 0.5

/** Adds google.cloud.bigquery.storage.v1.BigQueryRead. */
export function addStorageReadService(server: GrpcServer, sessions: ReadSessions): void {
  server.addService(storageService('BigQueryRead'), {
    createReadSession: unary((request: CreateReadSessionRequest) => create(sessions, request)),
    readRows: (call: Call<{ readStream?: string; offset?: string }, object>) => {
      readRows(sessions, call).then(
        () => call.end(),
        (error: unknown) => call.fail(failure(error)),
      )
    },
    splitReadStream: unary(({ name = '', fraction }: { name?: string; fraction?: number }) => {
      const parts = sessions.split(name, fraction || HALF)
      if (!parts) return Promise.resolve({})
      const [primaryStream, remainderStream] = parts.map((part) => ({ name: part.name }))
      return Promise.resolve({ primaryStream, remainderStream })
    }),
  })
}

async function create(sessions: ReadSessions, request: CreateReadSessionRequest): Promise<object> {
  const { table = '', dataFormat = '', readOptions = {} } = request.readSession ?? {}
  const session = await sessions.create(sessionRequest(request))
  const { name, expireTime, encoder, rows, bytes, streams } = session
  return {
    name,
    expireTime: { seconds: String(Math.floor(expireTime / 1000)) },
    dataFormat,
    table,
    readOptions,
    ...encoder.schema,
    streams: streams.map((stream) => ({ name: stream.name })),
    estimatedRowCount: String(rows.count),
    estimatedTotalBytesScanned: String(bytes),
  }
}

/** @throws GoogleError for what is refused */
function sessionRequest(request: CreateReadSessionRequest): SessionRequest {
  const { readSession = {}, parent = '', maxStreamCount = 0 } = request
  const { table = '', dataFormat, tableModifiers, readOptions = {} } = readSession
  const project = /^projects\/([^/]+)$/.exec(parent)?.[1]
  if (project === undefined) throw new GoogleError('INVALID_ARGUMENT', `Invalid parent "${parent}".`)
  if (dataFormat !== 'ARROW' && dataFormat !== 'AVRO')
    throw new GoogleError('INVALID_ARGUMENT', 'A read session has the data format ARROW or AVRO.')
  if (tableModifiers?.snapshotTime) throw unsupported('read sessions of an earlier time (snapshot_time)')
  const { samplePercentage, responseCompressionCodec = '' } = readOptions
  if (samplePercentage !== undefined) throw unsupported('sample_percentage of a read session')
  if (responseCompressionCodec.endsWith('_LZ4'))
    throw unsupported('response_compression_codec of a read session')
  if (maxStreamCount < 0) throw new GoogleError('INVALID_ARGUMENT', 'max_stream_count must not be negative.')
  const { selectedFields = [], rowRestriction = '' } = readOptions
  const reference = tableReferenceOf(table)
  return {
    project,
    reference,
    format: dataFormat,
    selectedFields,
    rowRestriction,
    mostStreams: maxStreamCount,
    hasPicos: hasPicos(
      dataFormat === 'ARROW' ? readOptions.arrowSerializationOptions : readOptions.avroSerializationOptions,
    ),
  }
}

/** @throws GoogleError UNIMPLEMENTED for nanoseconds */
function hasPicos({
  picosTimestampPrecision = '',
}: { readonly picosTimestampPrecision?: string } = {}): boolean {
  if (picosTimestampPrecision.endsWith('_NANOS'))
    throw unsupported('picos_timestamp_precision of nanoseconds')
  return picosTimestampPrecision.endsWith('_PICOS')
}

async function readRows(
  sessions: ReadSessions,
  call: Call<{ readStream?: string; offset?: string }, object>,
): Promise<void> {
  const { readStream = '', offset = '0' } = call.request
  const { stream, session } = sessions.stream(readStream)
  const { rows, encoder } = session
  const count = stream.end - stream.start
  const size = Math.min(PAGE, Math.max(1, Math.floor(MOST_VALUES / rows.types.length)))
  if (Number(offset) < 0 || Number(offset) > count)
    throw new GoogleError('OUT_OF_RANGE', `Offset ${offset} is beyond the end of the stream: ${count} rows.`)
  const gone = once(call, 'cancelled')
  for (let at = stream.start + Number(offset); at < stream.end && !call.cancelled;) {
    const page = await rows.page(at, Math.min(size, stream.end - at))
    const progress = (place: number) => (place - stream.start) / count
    const isFirst = at === stream.start + Number(offset)
    const stats = { progress: { atResponseStart: progress(at), atResponseEnd: progress(at + page.length) } }
    at += page.length
    const response = {
      ...encoder.rows(page),
      rowCount: String(page.length),
      stats,
      ...(isFirst && encoder.schema),
    }
    if (!call.write(response) && !call.cancelled) await Promise.race([once(call, 'drain'), gone])
  }
}

function unary<T>(work: (request: T) => Promise<object>): UnaryHandler<T, object> {
  return (call, callback) => {
    Promise.resolve()
      .then(() => work(call.request))
      .then(
        (answer) => callback(null, answer),
        (error: unknown) => callback(failure(error)),
      )
  }
}

function failure(error: unknown): { readonly code: number; readonly message: string } {
  const { code, message } = error instanceof BigQueryError ? ofBigQuery(error) : toGoogleError(error)
  return { code, message }
}

function ofBigQuery({ reason, message, httpStatus }: BigQueryError): GoogleError {
  if (reason === 'notFound') return new GoogleError('NOT_FOUND', message)
  if (reason === 'notImplemented') return new GoogleError('UNIMPLEMENTED', message)
  return new GoogleError(httpStatus < 500 ? 'INVALID_ARGUMENT' : 'INTERNAL', message)
}
