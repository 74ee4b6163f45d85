import { readAvro } from './avro.ts'
import { readCsv } from './csv-rows.ts'
import { readValues } from './json-values.ts'
import { readLines } from './lines.ts'
import { readParquet } from './parquet.ts'
import type { Portion, Read, Recognised, SourceObject } from './records.ts'
import { sourceText } from './source-text.ts'

/** cloud.google.com/pubsub/quotas: bytes of a message. An event of the stream has no more. */
const MOST_BYTES = 10_000_000
const NEWLINE = 0x0a

/**
 * The records of a portion in their order, some hundreds at a time, and what is broken where it stands.
 *
 * @param most bytes of a record
 * @throws SourceError behind all that could be read: the source ends too soon, is damaged, or changed while it was read
 */
export async function* readPortion(
  object: SourceObject,
  found: Recognised,
  portion: Portion,
  most = MOST_BYTES,
): AsyncGenerator<Read[]> {
  yield* recordsOf(object, found, portion, most)
  await object.check()
}

function recordsOf(
  object: SourceObject,
  found: Recognised,
  portion: Portion,
  most: number,
): AsyncIterable<Read[]> {
  switch (found.format) {
    case 'ndjson':
      return linesOf(object, found, portion, most)
    case 'json_array':
    case 'json_values':
      return valuesOf(object, found, most)
    case 'csv':
      return rowsOf(object, found, most)
    case 'parquet':
      return readParquet(object, found.packing, portion)
    case 'avro':
      return readAvro(object, found.packing, portion)
    case 'rows':
      return messagesOf(object, portion)
    case 'empty':
      return nothing()
  }
}

async function* linesOf(
  object: SourceObject,
  found: Recognised,
  portion: Portion,
  most: number,
): AsyncGenerator<Read[]> {
  const { from, until, firstLine } = portion
  const { uri } = object
  if (from === 0) {
    const { from: start, chunks } = await sourceText(object, found)
    yield* readLines(chunks, { uri, most, from: start, until, firstLine: 1 })
    return
  }
  // the first line that begins here stands behind a line end, which may be the byte before
  const { chunks } = await sourceText(object, found, { start: from - 1 })
  const rest = await behindLineEnd(chunks, from - 1)
  if (rest && rest.from < until)
    yield* readLines(rest.chunks, { uri, most, from: rest.from, until, firstLine })
}

async function behindLineEnd(chunks: AsyncIterable<Buffer>, from: number) {
  const each = chunks[Symbol.asyncIterator]()
  let base = from
  for (let next = await each.next(); !next.done; next = await each.next()) {
    const chunk = next.value
    const end = chunk.indexOf(NEWLINE)
    if (end >= 0) return { from: base + end + 1, chunks: followedBy(chunk.subarray(end + 1), each) }
    base += chunk.length
  }
  return undefined
}

async function* followedBy(first: Buffer, others: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    if (first.length > 0) yield first
    for (let next = await others.next(); !next.done; next = await others.next()) yield next.value
  } finally {
    await others.return?.()
  }
}

async function* valuesOf(object: SourceObject, found: Recognised, most: number): AsyncGenerator<Read[]> {
  const { from, chunks } = await sourceText(object, found)
  const as = found.format === 'json_array' ? 'array' : 'values'
  yield* readValues(chunks, { uri: object.uri, most, as, from })
}

async function* rowsOf(object: SourceObject, found: Recognised, most: number): AsyncGenerator<Read[]> {
  const { from, chunks } = await sourceText(object, found)
  yield* readCsv(chunks, { uri: object.uri, most, from, shape: found.csv!, newline: found.newline! })
}

/** Messages that are handed on at a time, and bytes of them. */
const BATCH = 500
const BATCH_BYTES = 4 << 20

async function* messagesOf({ uri, rows }: SourceObject, { from, until }: Portion): AsyncGenerator<Read[]> {
  let batch: Read[] = []
  let bytes = 0
  let row = 0
  for await (const { data, ...message } of rows!.read(from, until)) {
    batch.push({ kind: 'record', json: data, place: { uri, row: row++ }, message })
    bytes += data.length
    if (batch.length < BATCH && bytes < BATCH_BYTES) continue
    yield batch
    batch = []
    bytes = 0
  }
  if (batch.length > 0) yield batch
}

async function* nothing(): AsyncGenerator<Read[]> {}
