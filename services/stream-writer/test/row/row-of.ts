import { RowBuffer } from '../../src/row/row-buffer.ts'
import { newRow, type RowPlace } from '../../src/row/row-chunk.ts'

const buffer = new RowBuffer()

/** A row of these bytes, as an encoder writes it. */
export function rowOf(bytes: Uint8Array | string): RowPlace {
  const content = Buffer.from(bytes)
  buffer.begin()
  buffer.reserve(content.length)
  content.copy(buffer.bytes, buffer.at)
  buffer.at += content.length
  const row = newRow()
  buffer.end(row)
  return row
}
