import type { RowDescriptor } from '@tablestream/table-schema'
import type { RowPlace } from '../row/row-chunk.ts'
import { behindVarint, sizeOf, writeLength } from '../row/varint.ts'

/** Where rows go to and in which form, as requests say it. */
export interface Destination {
  readonly writeStream: string
  /** AppendRowsRequest.write_stream and trace_id, encoded. */
  readonly name: Buffer
  /** ProtoData.writer_schema, encoded. */
  readonly schema: Buffer
}

export interface AppendRequest {
  /** Set when it is encoded: what it is encoded in. */
  buffer?: Buffer
  readonly rows: readonly Readonly<RowPlace>[]
  readonly destination: Destination
  /** The first request to a destination says where it goes and in which form; those after it need not. */
  readonly named: boolean
  readonly withSchema: boolean
}

const TRACE_ID = 'tablestream'
// AppendRowsRequest.proto_rows = 4; ProtoData.rows = 2 (storage.proto)
const PROTO_ROWS = 34
const ROWS = 18
const NOTHING = Buffer.alloc(0)

/** @param serialize the general encoder of an AppendRowsRequest */
export function destinationOf(
  writeStream: string,
  protoDescriptor: RowDescriptor,
  serialize: (request: object) => Buffer,
): Destination {
  const schema = serialize({ protoRows: { writerSchema: { protoDescriptor } } })
  return {
    writeStream,
    name: serialize({ writeStream, traceId: TRACE_ID }),
    // what stands inside of proto_rows
    schema: schema.subarray(behindVarint(schema, 1)),
  }
}

/**
 * An AppendRowsRequest in bytes. The general encoder makes several objects of each row; here they are copied once, and
 * those that stand one behind the other in one go.
 */
export function encodeAppendRequest(request: AppendRequest): Buffer {
  const { rows, destination } = request
  const name = request.named ? destination.name : NOTHING
  const schema = request.withSchema ? destination.schema : NOTHING
  let size = 0
  for (const { from, to } of rows) size += to - from
  const inner = schema.length + 1 + sizeOf(size) + size
  const length = name.length + 1 + sizeOf(inner) + inner
  const bytes = takeBuffer(length)
  request.buffer = bytes
  let at = name.copy(bytes)
  bytes[at] = PROTO_ROWS
  at = writeLength(bytes, at + 1, inner)
  at += schema.copy(bytes, at)
  bytes[at] = ROWS
  at = writeLength(bytes, at + 1, size)
  for (let index = 0; index < rows.length;) {
    const { chunk, from, to } = rows[index]!
    let end = to
    while (++index < rows.length && rows[index]!.from === end && rows[index]!.chunk === chunk)
      end = rows[index]!.to
    chunk.bytes.copy(bytes, at, from, end)
    at += end - from
  }
  return bytes.length === length ? bytes : bytes.subarray(0, length)
}

/** Room for a full request: larger ones hold a single row. */
const BUFFER_BYTES = 1 << 20
const MOST_FREE = 8
const free: Buffer[] = []

/** With thousands of tables as many small requests are under way: a megabyte for each kept the garbage collector busy. */
const SMALL_BYTES = 64 << 10

function takeBuffer(length: number): Buffer {
  if (length <= SMALL_BYTES) return Buffer.allocUnsafe(length)
  if (length > BUFFER_BYTES) return Buffer.allocUnsafeSlow(length)
  return free.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES)
}

/** The request was answered, so that its bytes may serve another one. */
export function releaseRequest({ buffer }: AppendRequest): void {
  if (buffer?.length === BUFFER_BYTES && free.length < MOST_FREE) free.push(buffer)
}
