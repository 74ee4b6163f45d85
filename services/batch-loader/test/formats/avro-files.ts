import { randomBytes } from 'node:crypto'
import { crc32, deflateRawSync, zstdCompressSync } from 'node:zlib'
import avro from 'avsc'
import { avroType } from '../../src/formats/avro-json.ts'

const HEADER = avro.Type.forSchema({
  type: 'record',
  name: 'Header',
  fields: [
    { name: 'magic', type: { type: 'fixed', name: 'Magic', size: 4 } },
    { name: 'meta', type: { type: 'map', values: 'bytes' } },
    { name: 'sync', type: { type: 'fixed', name: 'Sync', size: 16 } },
  ],
})
const LONG = avro.Type.forSchema('long')
const PACKERS = {
  null: (data: Buffer) => data,
  deflate: (data: Buffer) => deflateRawSync(data),
  zstandard: (data: Buffer) => zstdCompressSync(data),
  // one literal of at most 64 kB behind the length, and the checksum that Avro wants
  snappy: (data: Buffer) => {
    const length = Buffer.from([
      0x80 | (data.length & 0x7f),
      0x80 | ((data.length >> 7) & 0x7f),
      data.length >> 14,
    ])
    const literal = Buffer.from([61 << 2, 0, 0])
    literal.writeUInt16LE(data.length - 1, 1)
    const checksum = Buffer.alloc(4)
    checksum.writeUInt32BE(crc32(data))
    return Buffer.concat([length, literal, data, checksum])
  },
}

interface AvroOptions {
  readonly codec?: keyof typeof PACKERS
  readonly perBlock?: number
  /** The schema that the file says it has, where that is another one. */
  readonly header?: object
}

/** A file with a block for so many records. Values are those of avsc: a long is a bigint, a union has the name of its branch. */
export function avroOf(
  schema: object,
  records: readonly unknown[],
  { codec = 'null', perBlock = 20, header = schema }: AvroOptions = {},
): Buffer {
  const type = avroType(schema)
  const sync = randomBytes(16)
  const meta = { 'avro.schema': Buffer.from(JSON.stringify(header)), 'avro.codec': Buffer.from(codec) }
  const pieces = [HEADER.toBuffer({ magic: Buffer.from('Obj\x01'), meta, sync })]
  for (let first = 0; first < records.length; first += perBlock) {
    const block = records.slice(first, first + perBlock)
    const data = PACKERS[codec](Buffer.concat(block.map((record) => type.toBuffer(record))))
    pieces.push(LONG.toBuffer(block.length), LONG.toBuffer(data.length), data, sync)
  }
  return Buffer.concat(pieces)
}
