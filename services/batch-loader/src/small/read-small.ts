import { Readable } from 'node:stream'
import { textTypesAtOnce } from '../csv-columns.ts'
import { portionsOf, recognise, type Place, type SourceObject } from '../formats/index.ts'
import type { JudgedRecord } from '../judge/judge-record.ts'
import { MOST_RECORDS } from '../land/way.ts'
import type { LoadName } from '../ledger.ts'
import type { LoadParts } from '../load-parts.ts'
import { readJudged } from '../read-judged.ts'

/** A small file with all its records, in memory. */
export interface SmallFile {
  readonly load: LoadName
  readonly records: readonly PlacedRecord[]
  /** Of those that are events. */
  readonly bytes: number
}

export interface PlacedRecord {
  readonly judged: JudgedRecord
  readonly place: Place
}

/** What a file is found to be that was small by its size: messages, whose ids have sources, or more than a stream takes. */
const OTHER = 'other'

/** @throws SourceError where it cannot be read, or ends too soon */
export async function readSmall(
  object: SourceObject,
  content: Buffer,
  { load, begunAt, parts }: { readonly load: LoadName; readonly begunAt: string; readonly parts: LoadParts },
): Promise<SmallFile | typeof OTHER> {
  const held = inMemory(object, content)
  const recognised = await recognise(held, parts.hints)
  if (recognised.isMessages) return OTHER
  const portions = await portionsOf(held, recognised, { bytes: Infinity })
  const types = await textTypesAtOnce({ object: held, recognised, portions, parts })
  const records: PlacedRecord[] = []
  let bytes = 0
  for (const portion of portions) {
    const from = { object: held, recognised, types, begunAt, parts }
    for await (const { judged, place } of readJudged(from, { ...portion, firstLine: 1 })) {
      for (let index = 0; index < judged.length; index++) {
        const each = kept(judged[index]!)
        records.push({ judged: each, place: place[index]! })
        bytes += each.message.data.length
      }
      if (records.length > MOST_RECORDS || bytes > parts.streamBytes) return OTHER
    }
  }
  return { load, records, bytes }
}

/** A record whose bytes are its own: those of a batch hold until the next one. */
function kept(judged: JudgedRecord): JudgedRecord {
  const data = Buffer.from(judged.message.data)
  const message = { ...judged.message, data }
  return judged.outcome === 'rejected' ? { ...judged, message } : { ...judged, data, message }
}

function inMemory({ uri, version }: SourceObject, content: Buffer): SourceObject {
  return {
    uri,
    version,
    bytes: content.length,
    open: ({ start, end } = { start: 0 }) =>
      Readable.from([content.subarray(start, end)].filter((part) => part.length > 0)),
    check: () => Promise.resolve(),
  }
}
