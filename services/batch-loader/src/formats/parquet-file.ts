import { createWriteStream } from 'node:fs'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { parquetMetadataAsync, type FileMetaData } from 'hyparquet'
import type { ReadRange } from './parquet-pages.ts'
import { SourceError, type Packing, type SourceObject } from './records.ts'
import { unpacked } from './unpack.ts'

const MAGIC = 'PAR1'
/** Instead, where the footer is encrypted. */
const ENCRYPTED = 'PARE'
/** The magic at the beginning, and at the end the length of the footer and the magic again. */
const LEAST = 12

export interface ParquetFile {
  /** @throws SourceError where there are not so many bytes */
  readonly read: ReadRange
  readonly metadata: FileMetaData
  readonly groups: readonly ParquetGroup[]
  readonly close: () => Promise<void>
}

export interface ParquetGroup {
  readonly rows: number
  /** As they are in the file, packed. */
  readonly bytes: number
}

/**
 * A file of Parquet, of which parts are read where they are. One that is itself packed is unpacked into a temporary file: Parquet is
 * read from its end.
 *
 * @throws SourceError where it has no footer, as a file that was not written to its end has none
 */
export async function openParquet(object: SourceObject, packing: Packing): Promise<ParquetFile> {
  const { uri } = object
  const { read, bytes, close } = packing === 'none' ? inPlace(object) : await unpackedFile(object, packing)
  try {
    const tail = bytes < LEAST ? '' : (await read(bytes - 4, bytes)).toString('latin1')
    if (tail !== MAGIC) {
      const what =
        tail === ENCRYPTED
          ? 'its Parquet is encrypted, and its footer cannot be read'
          : 'its Parquet has no footer: it was not written to its end'
      throw new SourceError(tail === ENCRYPTED ? 'unknown' : 'truncated', what, { uri, byte: bytes })
    }
    const metadata = await metadataOf(read, bytes, uri)
    return { read, metadata, groups: metadata.row_groups.map(groupOf), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function metadataOf(read: ReadRange, byteLength: number, uri: string): Promise<FileMetaData> {
  const slice = async (start: number, end = byteLength) => arrayBufferOf(await read(start, end))
  try {
    return await parquetMetadataAsync({ byteLength, slice }, { geoparquet: false })
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

function arrayBufferOf({ buffer, byteOffset, length }: Buffer): ArrayBuffer {
  return (buffer as ArrayBuffer).slice(byteOffset, byteOffset + length)
}

function groupOf({ num_rows: rows, columns }: FileMetaData['row_groups'][number]): ParquetGroup {
  const bytes = columns.reduce(
    (sum, { meta_data: meta }) => sum + Number(meta?.total_compressed_size ?? 0),
    0,
  )
  return { rows: Number(rows), bytes }
}

interface OpenFile {
  readonly read: ReadRange
  readonly bytes: number
  readonly close: () => Promise<void>
}

function inPlace(object: SourceObject): OpenFile {
  const read = async (start: number, end: number): Promise<Buffer> => {
    const pieces: Buffer[] = []
    for await (const piece of object.open({ start, end })) pieces.push(piece as Buffer)
    const found = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
    if (found.length < end - start) throw endsBefore(end, object.uri, start + found.length)
    return found
  }
  return { read, bytes: object.bytes ?? 0, close: () => Promise.resolve() }
}

function endsBefore(end: number, uri: string, byte: number): SourceError {
  return new SourceError('truncated', `it ends before byte ${end}`, { uri, byte })
}

async function unpackedFile(object: SourceObject, packing: Packing): Promise<OpenFile> {
  const folder = await mkdtemp(join(tmpdir(), 'unpacked-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  try {
    const path = join(folder, 'file')
    await pipeline(Readable.from(unpacked(object, packing)), createWriteStream(path))
    const handle = await open(path)
    const { size } = await handle.stat()
    const read = async (start: number, end: number): Promise<Buffer> => {
      if (end > size) throw endsBefore(end, object.uri, size)
      const bytes = Buffer.allocUnsafeSlow(end - start)
      await handle.read(bytes, 0, end - start, start)
      return bytes
    }
    return { read, bytes: size, close: () => handle.close().then(remove) }
  } catch (error) {
    await remove()
    throw error
  }
}
