import type { Lines, LineWriter } from '../bigquery/table/line-writer.ts'
import { insertTarget } from '../bigquery/table/physical.ts'
import { RowError } from '../bigquery/values/row-values.ts'
import { dayColumn, type DayRange, type StreamingRange } from '../bigquery/rows/streaming-range.ts'
import type { Store } from '../bigquery/store/store.ts'
import type { InsertMode } from '../bigquery/table/insert-statements.ts'
import { primaryKey, type Table } from '../bigquery/table/table.ts'
import type { Tables } from '../bigquery/catalog/tables.ts'
import { withFault } from '../faults/call-faults.ts'
import type { Fault, Trouble } from '../faults/faults.ts'
import { GoogleError } from '../google-error.ts'
import type { Call } from '../grpc/call.ts'
import { OffsetError } from '../bigquery/catalog/stream-errors.ts'
import type { WriteStream, WriteStreams } from '../bigquery/catalog/write-streams.ts'
import {
  inBandStorageError,
  storageErrorTrailers,
  tableSchema,
  type AppendRowsRequest,
  type AppendRowsResponse,
  type RowErrorMessage,
} from './messages.ts'
import { compileRowReader, ExtraFieldsError, type RowReader } from './proto-rows.ts'
import { Destination } from './destination.ts'
import { MissingValues } from './missing-values.ts'
import { openTable, toFailure } from './default-stream.ts'

/** The rows of a request, as lines. */
interface ReadRows {
  readonly table: Table
  readonly mode: InsertMode
  readonly rows: Lines
  /** undefined: the default stream */
  readonly stream?: WriteStream
  /** Where the caller says that they are to be. */
  readonly offset?: number
}

type AppendResponseNews = Pick<AppendRowsResponse, 'updatedSchema'>

const MOST_BYTES = 10 * 1024 * 1024
// a row in a request: the tag and the length of its bytes
const FRAME = 4
// more than a writer of thousands of tables has
const MOST_READERS = 5000

// Compiling a descriptor costs a hundred times what reading a row does, and clients send the same one again and again.
const readers = new Map<string, RowReader>()

/** What every call is served with. */
export interface AppendServices {
  readonly range: StreamingRange
  readonly tables: Tables
  readonly streams: WriteStreams
  readonly store: Store
  /** Rows are written here and taken at once. */
  readonly lines: LineWriter
  readonly trouble: Trouble
  /** How long a stream may be silent, in milliseconds. */
  readonly idleMs: number
}

/** One AppendRows call: requests answered in their order, each when its rows are committed. */
export class AppendStream {
  readonly #call: Call<AppendRowsRequest, AppendRowsResponse>
  readonly #tables: Tables
  readonly #streams: WriteStreams
  readonly #store: Store
  readonly #trouble: Trouble
  readonly #lines: LineWriter
  /** The reader of the last request: the next one needs the same, nearly always. */
  #last:
    | {
        readonly table: Table
        readonly descriptor: object
        readonly missing: string
        readonly reader: RowReader
      }
    | undefined
  readonly #range: StreamingRange
  readonly #destination = new Destination()
  readonly #missing = new MissingValues()
  /** The columns that this connection's client was told of last, by stream: several tables may share a connection. */
  readonly #toldFields = new Map<string, Table['fields']>()
  #answers: Promise<void> = Promise.resolve()
  #ended = false
  /** A request ended the stream: those behind it are not done, though it may take a while until the caller hears of it. */
  #broken = false
  readonly #idle: NodeJS.Timeout

  constructor(
    call: Call<AppendRowsRequest, AppendRowsResponse>,
    { tables, streams, store, lines, trouble, range, idleMs }: AppendServices,
  ) {
    this.#lines = lines
    this.#range = range
    this.#call = call
    this.#tables = tables
    this.#streams = streams
    this.#store = store
    this.#trouble = trouble
    this.#idle = setTimeout(() => this.#endIdle(idleMs), idleMs).unref()
  }

  start(): void {
    const call = this.#call
    call.on('data', (request: AppendRowsRequest) => this.#receive(request))
    // however it ends: also where what comes cannot be read
    call.on('close', () => {
      clearTimeout(this.#idle)
      this.#ended = true
    })
    call.on('end', () => {
      clearTimeout(this.#idle)
      void this.#answers.then(() => call.end())
    })
  }

  #receive(request: AppendRowsRequest): void {
    if (this.#ended || this.#broken) return
    this.#idle.refresh()
    let answer: Promise<AppendRowsResponse>
    try {
      const fault = this.#trouble.faults.at('storage.append')
      answer = fault ? this.#troubled(fault, request) : this.#append(request)
    } catch (error) {
      this.#broken = true
      answer = Promise.reject(error)
    }
    // a handler at once: the answers before it may still wait
    answer.catch(() => {})
    this.#answers = this.#answers.then(async () => {
      if (this.#ended) return
      try {
        this.#call.write(await answer)
      } catch (error) {
        this.#fail(error)
      }
    })
  }

  #troubled(fault: Fault, request: AppendRowsRequest): Promise<AppendRowsResponse> {
    this.#destination.take(request)
    const { code, message } = fault.error
    if (fault.kind === 'refuse') return Promise.resolve({ error: { code, message } })
    if (fault.kind === 'late') return this.#late(fault, request)
    if (fault.kind === 'error' || fault.kind === 'drop') this.#broken = true
    if (fault.kind === 'stall') return this.#append(request).then(() => new Promise(() => {}))
    return withFault(fault, () => this.#append(request), this.#trouble.dropConnections)
  }

  /** The connection dies without an answer, and the rows come later: with the table as it was when they were sent. */
  #late(fault: Fault, request: AppendRowsRequest): Promise<AppendRowsResponse> {
    this.#broken = true
    const lines = this.#readLines(request)
    if ('table' in lines) {
      setTimeout(() => {
        // nobody waits for an answer, and a table that is dropped meanwhile takes the rows along, as a store that is closed does
        this.#keep(lines).catch(() => {})
      }, fault.ms).unref()
    }
    this.#trouble.dropConnections()
    return Promise.reject(fault.error)
  }

  #append(request: AppendRowsRequest): Promise<AppendRowsResponse> {
    const lines = this.#readLines(request)
    if (!('table' in lines)) return Promise.resolve(lines)
    return this.#insert(lines, this.#news(lines.table))
  }

  /** @returns the rows as lines, or the answer where there are none to write */
  #readLines(request: AppendRowsRequest): ReadRows | AppendRowsResponse {
    this.#destination.take(request)
    const { streamName } = this.#destination
    const stream = this.#streams.find(streamName)
    const table = stream
      ? this.#tables.stored(stream.reference)
      : openTable(this.#tables, streamName, 'AppendRows')
    if (request.offset && !stream)
      throw new GoogleError('INVALID_ARGUMENT', 'An offset cannot be given for the default stream.')
    this.#missing.take(request)
    const rows = request.protoRows?.rows?.serializedRows ?? []
    if (rows.length === 0) return inBandError('Rows must be specified.')
    const bytes = rows.reduce((sum, row) => sum + row.length + FRAME, 0)
    if (bytes > MOST_BYTES) {
      const message = `AppendRows request too large: ${bytes} limit ${MOST_BYTES}. Entity: ${this.#destination.streamName}`
      // the connection goes on: a test of Google's client for Node sends its next rows by it
      return inBandError(message)
    }
    const reader = this.#reader(table)
    const rowErrors = readRows(reader, rows, this.#lines, this.#range.of(table))
    if (rowErrors.length > 0) {
      this.#lines.reset()
      const message = `Errors found while processing rows. Please refer to the row_errors field for details. Entity: ${this.#destination.streamName}`
      return { ...inBandError(message), rowErrors }
    }
    if (stream && reader.mode === 'change')
      throw new GoogleError('INVALID_ARGUMENT', 'Changes of rows (_CHANGE_TYPE) come by the default stream.')
    const rowsRead = { table, mode: reader.mode, rows: this.#lines.take() }
    if (!stream) return rowsRead
    const { value = '0' } = request.offset ?? {}
    return { ...rowsRead, stream, ...(request.offset && { offset: Number(value) }) }
  }

  /** "Closing the stream because it has been inactive for 600 seconds": googleapis/nodejs-bigquery-storage#427. */
  #endIdle(idleMs: number): void {
    if (this.#ended) return
    const seconds = Math.round(idleMs / 1000)
    const message = `Closing the stream because it has been inactive for ${seconds} seconds. Entity: ${this.#destination.streamName}`
    this.#fail(new GoogleError('ABORTED', message))
  }

  async #insert(read: ReadRows, news: AppendResponseNews): Promise<AppendRowsResponse> {
    const { table, stream } = read
    const writeStream = stream?.name ?? this.#destination.streamName
    // on the default stream the result carries no offset
    if (!stream && this.#tables.known.losesRows(table)) return { appendResult: {}, writeStream, ...news }
    try {
      const offset = await this.#keep(read)
      const appendResult = offset === undefined ? {} : { offset: { value: String(offset) } }
      return { appendResult, writeStream, ...news }
    } catch (error) {
      if (error instanceof OffsetError) return { ...inBandStorageError(error), writeStream }
      // the table may have been dropped while the rows waited for their turn: then this is what the caller is told
      this.#tables.stored(table.reference)
      throw error
    }
  }

  /** @returns the offset of the first row; undefined on the default stream */
  async #keep({ table, mode, rows, stream, offset }: ReadRows): Promise<number | undefined> {
    const target = insertTarget(table)
    if (stream) return this.#streams.append(stream.name, target, rows, offset)
    await this.#store.insert(target, rows, { mode })
    return undefined
  }

  #reader(table: Table): RowReader {
    const descriptor = this.#destination.descriptor
    const missing = this.#missing.key
    if (this.#last?.table === table && this.#last.descriptor === descriptor && this.#last.missing === missing)
      return this.#last.reader
    const key = `${JSON.stringify(table.reference)} ${table.etag} ${missing} ${this.#destination.descriptorText}`
    let reader = readers.get(key)
    if (!reader) {
      reader = compileRowReader(descriptor, table.fields, primaryKey(table), {
        partitionColumn: dayColumn(table),
        defaults: this.#missing.defaultsOf(table.fields),
      })
      if (readers.size >= MOST_READERS) readers.delete(readers.keys().next().value!)
      readers.set(key, reader)
    }
    this.#last = { table, descriptor, missing, reader }
    return reader
  }

  /** `updatedSchema`, once for each change since the connection began. */
  #news({ fields }: Table): AppendResponseNews {
    const before = this.#toldFields.get(this.#destination.streamName)
    this.#toldFields.set(this.#destination.streamName, fields)
    return before === undefined || before === fields ? {} : { updatedSchema: tableSchema(fields) }
  }

  #fail(error: unknown): void {
    this.#ended = true
    if (error instanceof ExtraFieldsError) {
      const entity = this.#destination.streamName
      const trailers = storageErrorTrailers(
        'SCHEMA_MISMATCH_EXTRA_FIELDS',
        entity,
        'Schema mismatch due to extra fields in user schema',
      )
      this.#call.fail({ code: 3, message: `${error.message} Entity: ${entity}`, trailers })
    } else this.#call.fail(toFailure(error, this.#destination.streamName))
  }
}

function readRows(reader: RowReader, rows: readonly Buffer[], to: LineWriter, days: DayRange) {
  const rowErrors: RowErrorMessage[] = []
  rows.forEach((row, index) => {
    try {
      reader.write(row, to, days)
    } catch (error) {
      if (!(error instanceof RowError)) throw error
      rowErrors.push({ index: String(index), code: 'FIELDS_ERROR', message: error.message })
    }
  })
  return rowErrors
}

function inBandError(message: string): AppendRowsResponse {
  return { error: { code: 3, message } }
}
