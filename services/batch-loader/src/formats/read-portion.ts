import { readAvro } from './avro.ts'
import { readCsv } from './csv-rows.ts'
import { readValues } from './json-values.ts'
import type { LineCount } from './line-count.ts'
import { readPortionLines } from './portion-lines.ts'
import { readParquet } from './parquet.ts'
import type {
  FoundMessage,
  IncompleteMessage,
  Place,
  Portion,
  Read,
  Recognised,
  SourceObject,
} from './records.ts'
import { sourceText } from './source-text.ts'

/** cloud.google.com/pubsub/quotas: bytes of a message. An event of the stream has no more. */
const MOST_BYTES = 10_000_000

export interface ReadOptions {
  /** Bytes of a record. */
  readonly most?: number
  /** Gets the number of lines that begin in the portion: with it the next portion knows its `firstLine`. */
  readonly count?: LineCount
}

/**
 * The records of a portion in their order, some hundreds at a time, and what is broken where it stands.
 *
 * @throws SourceError behind all that could be read: the source ends too soon, is damaged, or changed while it was read
 */
export async function* readPortion(
  object: SourceObject,
  found: Recognised,
  portion: Portion,
  { most = MOST_BYTES, count = { lines: 0 } }: ReadOptions = {},
): AsyncGenerator<Read[]> {
  yield* recordsOf(object, found, portion, { most, count })
  await object.check(portion)
}

function recordsOf(
  object: SourceObject,
  found: Recognised,
  portion: Portion,
  { most, count }: Required<ReadOptions>,
): AsyncIterable<Read[]> {
  switch (found.format) {
    case 'ndjson':
      return readPortionLines(object, found, portion, { most, count })
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
    default:
      return nothing()
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
  for await (const found of rows!.read(from, until)) {
    const { data } = found
    batch.push(readOf(found, { uri, row: row++ }))
    bytes += data.length
    if (batch.length < BATCH && bytes < BATCH_BYTES) continue
    yield batch
    batch = []
    bytes = 0
  }
  if (batch.length > 0) yield batch
}

function readOf(found: FoundMessage | IncompleteMessage, place: Place): Read {
  if ('isIncomplete' in found) {
    const { data: bytes, reason } = found
    return { kind: 'broken', bytes, length: bytes.length, rule: 'parts', reason, place }
  }
  const { data: json, ...message } = found
  return { kind: 'record', json, place, message }
}

async function* nothing(): AsyncGenerator<Read[]> {}
