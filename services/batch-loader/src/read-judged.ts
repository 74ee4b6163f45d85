import { readPortion, type Place, type Portion, type Read } from './formats/index.ts'
import { judgeBroken, judgeRecord, type JudgedRecord } from './judge/judge-record.ts'
import type { SourceLoad } from './source-load.ts'

/** Records of a batch as they were judged, and where they stand. */
export interface JudgedBatch {
  readonly judged: readonly JudgedRecord[]
  readonly place: readonly Place[]
}

/** Reads a share of a source and judges its records. What of them is a view on the batch's bytes holds until the next one. */
export async function* readJudged(
  { object, recognised, begunAt, parts }: Pick<SourceLoad, 'object' | 'recognised' | 'begunAt' | 'parts'>,
  portion: Portion,
): AsyncIterable<JudgedBatch> {
  const { eventType, source, transform, progress } = parts
  const options = { loadedAt: begunAt, eventType, source, transform }
  const judgedOf = (read: Read): JudgedRecord => {
    if (read.kind === 'record') return judgeRecord(read, options)
    if (read.kind === 'broken') return judgeBroken(read, options)
    throw new Error('rows of texts are not read yet')
  }
  for await (const batch of readPortion(object, recognised, portion)) {
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
