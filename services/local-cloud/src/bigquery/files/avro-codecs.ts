import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib'
import { compress, uncompress } from 'snappyjs'

type Done = (error: Error | null, bytes?: Buffer) => void
type Codec = (bytes: Buffer, done: Done) => void

export type AvroCodec = 'null' | 'deflate' | 'snappy'

const CHECKSUM_BYTES = 4

/** How blocks are packed (avro.apache.org/docs: Object Container Files): deflate has no head, snappy a CRC-32 behind it. */
export const ENCODERS: Readonly<Record<AvroCodec, Codec>> = {
  null: (bytes, done) => done(null, bytes),
  deflate: attempt((bytes) => deflateRawSync(bytes)),
  snappy: attempt((bytes) => {
    const checksum = Buffer.alloc(CHECKSUM_BYTES)
    checksum.writeUInt32BE(crc32(bytes))
    return Buffer.concat([compress(bytes), checksum])
  }),
}

export const DECODERS: Readonly<Record<AvroCodec, Codec>> = {
  null: (bytes, done) => done(null, bytes),
  deflate: attempt((bytes) => inflateRawSync(bytes)),
  snappy: attempt((bytes) => {
    const end = bytes.length - CHECKSUM_BYTES
    const unpacked = Buffer.from(uncompress(bytes.subarray(0, end)))
    if (crc32(unpacked) !== bytes.readUInt32BE(end))
      throw new Error('a block has another checksum than it says')
    return unpacked
  }),
}

function attempt(work: (bytes: Buffer) => Buffer): Codec {
  return (bytes, done) => {
    let result: Buffer
    try {
      result = work(bytes)
    } catch (error) {
      done(error as Error)
      return
    }
    done(null, result)
  }
}
