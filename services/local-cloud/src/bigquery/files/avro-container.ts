import { randomBytes } from 'node:crypto'
import { open } from 'node:fs/promises'
import { promisify } from 'node:util'
import { ENCODERS, type AvroCodec } from './avro-codecs.ts'
import { avroType } from './avro-types.ts'

/** Bytes of a block before it is packed: blocks can be read each by itself. */
const BLOCK = 1 << 20
const MAGIC = Buffer.from('Obj\u0001')
const SYNC_BYTES = 16

// avro.apache.org/docs: Object Container Files
const META = avroType({ type: 'map', values: 'bytes' })
const COUNT = avroType('long')
const BYTES = avroType('bytes')

/** Writes a file of records. @param records the bytes of each, as the schema has them */
export async function writeContainer(
  path: string,
  schema: unknown,
  records: Iterable<Buffer>,
  codec: AvroCodec,
): Promise<void> {
  const pack = promisify(ENCODERS[codec]) as (bytes: Buffer) => Promise<Buffer>
  const sync = randomBytes(SYNC_BYTES)
  const meta = { 'avro.schema': Buffer.from(JSON.stringify(schema)), 'avro.codec': Buffer.from(codec) }
  const file = await open(path, 'w')
  try {
    await file.write(Buffer.concat([MAGIC, META.toBuffer(meta), sync]))
    let block: Buffer[] = []
    let size = 0
    const flush = async () => {
      const packed = BYTES.toBuffer(await pack(Buffer.concat(block)))
      await file.write(Buffer.concat([COUNT.toBuffer(BigInt(block.length)), packed, sync]))
      block = []
      size = 0
    }
    for (const bytes of records) {
      block.push(bytes)
      size += bytes.length
      if (size >= BLOCK) await flush()
    }
    if (block.length > 0) await flush()
  } finally {
    await file.close()
  }
}
