import { Readable } from 'node:stream'
import {
  portionsOf,
  readPortion,
  recognise,
  SourceError,
  type BrokenRecord,
  type Portion,
  type Read,
  type Recognised,
  type SourceObject,
} from '../../src/formats/index.ts'

/** Bytes as a source. @param size of the chunks in which they come */
export function sourceOf(content: string | Uint8Array, size = 1 << 16): SourceObject {
  const bytes = Buffer.from(content)
  return {
    uri: 'test:source',
    bytes: bytes.length,
    version: String(bytes.length),
    open: ({ start, end = bytes.length } = { start: 0 }) => {
      const wanted = bytes.subarray(start, end)
      const pieces = Array.from({ length: Math.ceil(wanted.length / size) }, (_, at) =>
        wanted.subarray(at * size, (at + 1) * size),
      )
      return Readable.from(pieces)
    },
    check: () => Promise.resolve(),
  }
}

export interface Reading {
  readonly found: Recognised
  readonly portions: readonly Portion[]
  readonly reads: readonly Read[]
  /** JSON text or cells of each record. */
  readonly values: readonly unknown[]
  readonly broken: readonly BrokenRecord[]
  readonly error?: SourceError
}

export interface ReadingOptions {
  readonly hints?: Parameters<typeof recognise>[1]
  readonly most?: number
  /** Of a portion. */
  readonly bytes?: number
}

/** Reads all portions of a source, until it cannot be read. */
export async function readingOf(
  object: SourceObject,
  { hints, most, bytes }: ReadingOptions = {},
): Promise<Reading> {
  const found = await recognise(object, hints)
  const portions = await portionsOf(object, found, bytes === undefined ? {} : { bytes })
  const reads: Read[] = []
  try {
    for (const portion of portions)
      for await (const batch of readPortion(object, found, portion, most === undefined ? {} : { most }))
        reads.push(...batch)
  } catch (error) {
    if (!(error instanceof SourceError)) throw error
    return { found, portions, reads, ...told(reads), error }
  }
  return { found, portions, reads, ...told(reads) }
}

function told(reads: readonly Read[]) {
  const values = reads.flatMap((read): unknown[] => {
    if (read.kind === 'record') return [Buffer.from(read.json).toString()]
    return read.kind === 'texts' ? [read.texts] : []
  })
  return { values, broken: reads.filter((read) => read.kind === 'broken') }
}
