import { jsonOf, readPortion, type LineCount, type Place, type Portion, type Read } from './formats/index.ts'
import { judgeBroken, judgeRecord, type JudgedRecord } from './judge/judge-record.ts'
import type { SourceLoad } from './source-load.ts'

/** Records of a batch as they were judged, and where they stand. */
export interface JudgedBatch {
  readonly judged: readonly JudgedRecord[]
  readonly place: readonly Place[]
}

export type ReadFrom = Pick<SourceLoad, 'object' | 'recognised' | 'types' | 'begunAt' | 'parts'>

/** Reads a share of a source and judges its records. What of them is a view on the batch's bytes holds until the next one. */
export async function* readJudged(
  { object, recognised, types, begunAt, parts }: ReadFrom,
  portion: Portion,
  count: LineCount = { lines: 0 },
): AsyncIterable<JudgedBatch> {
  const { eventType, source, transform, progress } = parts
  const options = { loadedAt: begunAt, eventType, source, transform }
  const judgedOf = (read: Read): JudgedRecord => {
    if (read.kind === 'record') return judgeRecord(read, options)
    if (read.kind === 'broken') return judgeBroken(read, options)
    const { place, texts } = read
    return judgeRecord(
      { kind: 'record', json: jsonOf(texts, recognised.csv!.columns, types ?? []), place },
      options,
    )
  }
  for await (const batch of readPortion(object, recognised, portion, { count })) {
    yield { judged: batch.map(judgedOf), place: batch.map(({ place }) => place) }
    progress.read(
      batch.length,
      batch.reduce((sum, read) => sum + bytesOf(read), 0),
    )
  }
}

function bytesOf(read: Read): number {
  if (read.kind === 'record') return read.json.length + 1
  return read.kind === 'broken' ? read.length : read.texts.join().length
}
