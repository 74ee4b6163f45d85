import { createWriteStream } from 'node:fs'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { parquetMetadataAsync, type AsyncBuffer, type FileMetaData } from 'hyparquet'
import { SourceError, type Packing, type SourceObject } from './records.ts'
import { unpacked } from './unpack.ts'

const MAGIC = 'PAR1'
/** The magic at the beginning, and at the end the length of the footer and the magic again. */
const LEAST = 12

export interface ParquetFile {
  readonly file: AsyncBuffer
  readonly metadata: FileMetaData
  readonly groups: readonly ParquetGroup[]
  readonly close: () => Promise<void>
}

export interface ParquetGroup {
  readonly firstRow: number
  readonly rows: number
  /** As they are in the file, packed; and unpacked. */
  readonly bytes: number
  readonly unpackedBytes: number
}

/**
 * A file of Parquet, of which parts are read where they are. One that is itself packed is unpacked into a temporary file: Parquet is
 * read from its end.
 *
 * @throws SourceError where it has no footer, as a file that was not written to its end has none
 */
export async function openParquet(object: SourceObject, packing: Packing): Promise<ParquetFile> {
  const { uri } = object
  const { file, close } = packing === 'none' ? inPlace(object) : await unpackedFile(object, packing)
  try {
    const tail = Buffer.from(
      file.byteLength < LEAST ? new ArrayBuffer(0) : await file.slice(file.byteLength - 4),
    )
    if (tail.toString('latin1') !== MAGIC)
      throw new SourceError('truncated', 'its Parquet has no footer: it was not written to its end', {
        uri,
        byte: file.byteLength,
      })
    const metadata = await metadataOf(file, uri)
    return { file, metadata, groups: groupsOf(metadata), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function metadataOf(file: AsyncBuffer, uri: string): Promise<FileMetaData> {
  try {
    return await parquetMetadataAsync(file, { geoparquet: false })
  } catch (error) {
    if (error instanceof SourceError) throw error
    throw new SourceError(
      'damaged',
      `the footer of its Parquet cannot be read: ${(error as Error).message}`,
      { uri },
      { cause: error },
    )
  }
}

function groupsOf({ row_groups: groups }: FileMetaData): ParquetGroup[] {
  let firstRow = 0
  return groups.map((group) => {
    const rows = Number(group.num_rows)
    const metas = group.columns.map(({ meta_data: meta }) => meta!)
    const found = {
      firstRow,
      rows,
      bytes: metas.reduce((sum, meta) => sum + Number(meta.total_compressed_size), 0),
      unpackedBytes: metas.reduce((sum, meta) => sum + Number(meta.total_uncompressed_size), 0),
    }
    firstRow += rows
    return found
  })
}

interface OpenFile {
  readonly file: AsyncBuffer
  readonly close: () => Promise<void>
}

function inPlace(object: SourceObject): OpenFile {
  const byteLength = object.bytes ?? 0
  const slice = async (start: number, end = byteLength): Promise<ArrayBuffer> => {
    const pieces: Buffer[] = []
    for await (const piece of object.open({ start, end })) pieces.push(piece as Buffer)
    const found = Buffer.concat(pieces)
    if (found.length < end - start)
      throw new SourceError('truncated', `it ends before byte ${end}`, {
        uri: object.uri,
        byte: start + found.length,
      })
    return found.buffer.slice(found.byteOffset, found.byteOffset + found.length)
  }
  return { file: { byteLength, slice }, close: () => Promise.resolve() }
}

async function unpackedFile(object: SourceObject, packing: Packing): Promise<OpenFile> {
  const folder = await mkdtemp(join(tmpdir(), 'unpacked-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  try {
    const path = join(folder, 'file')
    await pipeline(Readable.from(unpacked(object, packing)), createWriteStream(path))
    const handle = await open(path)
    const { size } = await handle.stat()
    const slice = async (start: number, end = size): Promise<ArrayBuffer> => {
      const bytes = new ArrayBuffer(end - start)
      await handle.read(new Uint8Array(bytes), 0, end - start, start)
      return bytes
    }
    return { file: { byteLength: size, slice }, close: () => handle.close().then(remove) }
  } catch (error) {
    await remove()
    throw error
  }
}
