import { rowBytes, type RowPlace } from '../encoder/row-chunk.ts'
import type { RowDescriptor } from '../encoder/descriptor.ts'
import { sizeOf, writeLength } from '../encoder/varint.ts'

/** What is sent on a connection: the first request says where to and in which form, all of them bring rows. */
export interface AppendRequest {
  /** Set when it is encoded: what it is encoded in. */
  buffer?: Buffer
  readonly rows: readonly Readonly<RowPlace>[]
  readonly opening?: {
    readonly writeStream: string
    readonly traceId: string
    readonly descriptor: RowDescriptor
  }
}

// AppendRowsRequest.proto_rows = 4; ProtoData.rows = 2 (storage.proto)
const PROTO_ROWS = 34
const ROWS = 18

/**
 * An AppendRowsRequest in bytes. The general encoder makes several objects of each row; here they are copied once, and
 * those that stand one behind the other in one go.
 *
 * @param serialize the general encoder, for the first request of a connection
 */
export function encodeAppendRequest(request: AppendRequest, serialize: (request: object) => Buffer): Buffer {
  const { rows, opening } = request
  if (opening) {
    const { writeStream, traceId, descriptor } = opening
    const writerSchema = { protoDescriptor: descriptor }
    const serializedRows = rows.map((row) => rowBytes(row))
    return serialize({ writeStream, traceId, protoRows: { writerSchema, rows: { serializedRows } } })
  }
  let size = 0
  for (const { from, to } of rows) size += to - from
  const inner = 1 + sizeOf(size) + size
  const length = 1 + sizeOf(inner) + inner
  const bytes = takeBuffer(length)
  request.buffer = bytes
  bytes[0] = PROTO_ROWS
  let at = writeLength(bytes, 1, inner)
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

function takeBuffer(length: number): Buffer {
  if (length > BUFFER_BYTES) return Buffer.allocUnsafeSlow(length)
  return free.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES)
}

/** The request was answered, so that its bytes may serve another one. */
export function releaseRequest({ buffer }: AppendRequest): void {
  if (buffer?.length === BUFFER_BYTES && free.length < MOST_FREE) free.push(buffer)
}
