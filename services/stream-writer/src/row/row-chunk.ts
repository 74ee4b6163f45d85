import { behindVarint } from './varint.ts'

/** Bytes that rows are written to. */
export interface Chunk {
  readonly bytes: Buffer
  /** How many rows of it are still needed. */
  rows: number
}

/** Where a row is: a part of the chunk that it was written to. Its tag and its length stand before it, as requests have them. */
export interface RowPlace {
  chunk: Chunk
  from: number
  to: number
}

export const CHUNK_BYTES = 256 << 10
/** Chunks that wait for their rows to be needed no more: beyond so many, the garbage collector has them. */
const MOST_WAITING = 128
export const NO_CHUNK: Chunk = { bytes: Buffer.alloc(0), rows: 0 }

let waiting: Chunk[] = []

/** A place for a row that is to be written. */
export function newRow(): RowPlace {
  return { chunk: NO_CHUNK, from: 0, to: 0 }
}

/** The row is needed no more: nobody may read it from now on. */
export function releaseRow(row: RowPlace): void {
  if (row.chunk === NO_CHUNK) return
  row.chunk.rows--
  row.chunk = NO_CHUNK
}

/** The bytes of the row itself. */
export function rowBytes({ chunk: { bytes }, from, to }: Readonly<RowPlace>): Buffer {
  return bytes.subarray(behindVarint(bytes, from + 1), to)
}

export function newChunk(size: number): Chunk {
  return { bytes: Buffer.allocUnsafeSlow(size), rows: 0 }
}

/**
 * A chunk of the usual size that nobody needs, if there is one. What lies outside of the engine's own heap makes it collect
 * garbage after every 64 MB: with a new chunk each time, that took more than the rows themselves.
 */
export function takeChunk(): Chunk {
  const free = waiting.findIndex(({ rows }) => rows === 0)
  return waiting.splice(free, free < 0 ? 0 : 1)[0] ?? newChunk(CHUNK_BYTES)
}

/** Nothing is written to the chunk any more. */
export function leaveChunk(chunk: Chunk): void {
  if (chunk.bytes.length !== CHUNK_BYTES) return
  waiting.push(chunk)
  if (waiting.length > MOST_WAITING) waiting = waiting.slice(-MOST_WAITING / 2)
}
