import type { RowDescriptor } from './encoder/descriptor.ts'
import { sizeOf } from './encoder/varint-size.ts'

/** What is sent on a connection: the first request says where to and in which form, all of them bring rows. */
export interface AppendRequest {
  readonly rows: readonly Buffer[]
  readonly opening?: {
    readonly writeStream: string
    readonly traceId: string
    readonly descriptor: RowDescriptor
  }
}

// AppendRowsRequest.proto_rows = 4; ProtoData.rows = 2; ProtoRows.serialized_rows = 1 (storage.proto, protobuf.proto)
const PROTO_ROWS = 34
const ROWS = 18
const SERIALIZED_ROW = 10

/**
 * An AppendRowsRequest in bytes. The general encoder makes several objects of each row; here they are copied once.
 *
 * @param serialize the general encoder, for the first request of a connection
 */
export function encodeAppendRequest(
  { rows, opening }: AppendRequest,
  serialize: (request: object) => Buffer,
): Buffer {
  if (opening) {
    const { writeStream, traceId, descriptor } = opening
    const writerSchema = { protoDescriptor: descriptor }
    return serialize({ writeStream, traceId, protoRows: { writerSchema, rows: { serializedRows: rows } } })
  }
  let size = 0
  for (const { length } of rows) size += 1 + sizeOf(length) + length
  const inner = 1 + sizeOf(size) + size
  const bytes = Buffer.allocUnsafe(1 + sizeOf(inner) + inner)
  let at = writeLength(bytes, 0, PROTO_ROWS, inner)
  at = writeLength(bytes, at, ROWS, size)
  for (const row of rows) {
    at = writeLength(bytes, at, SERIALIZED_ROW, row.length)
    bytes.set(row, at)
    at += row.length
  }
  return bytes
}

function writeLength(bytes: Buffer, start: number, tag: number, length: number): number {
  let at = start
  bytes[at++] = tag
  let rest = length
  while (rest > 127) {
    bytes[at++] = (rest & 127) | 128
    rest >>>= 7
  }
  bytes[at++] = rest
  return at
}
