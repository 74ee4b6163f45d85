import { jsonOf, readPortion, type LineCount, type Place, type Portion, type Read } from './formats/index.ts'
import { declaredTypes } from './csv-columns.ts'
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
  const shape = recognised.csv
  const textTypesOf =
    shape && types && !transform ? declaredTypes(shape, types, eventType) : () => types ?? []
  const judgedOf = (read: Read): JudgedRecord => {
    if (read.kind === 'record') return judgeRecord(read, options)
    if (read.kind === 'broken') return judgeBroken(read, options)
    const { place, texts } = read
    const json = jsonOf(texts, shape!.columns, textTypesOf(texts))
    return judgeRecord({ kind: 'record', json, place }, options)
  }
  const isMeant = recognised.isMessages === true && !transform ? ofType(eventType) : undefined
  for await (const batch of readPortion(object, recognised, portion, { count })) {
    const judged = batch.map(judgedOf)
    const place = batch.map((each) => each.place)
    yield isMeant
      ? {
          judged: judged.filter(isMeant),
          place: place.filter((_, index) => isMeant(judged[index]!)),
        }
      : { judged, place }
    progress.read(
      batch.length,
      batch.reduce((sum, read) => sum + bytesOf(read), 0),
    )
  }
}

/** Of messages, which name their types themselves, those of one type; undefined for all of them. */
function ofType(eventType: string | undefined): ((judged: JudgedRecord) => boolean) | undefined {
  if (eventType === undefined) return undefined
  return (judged) => (judged.outcome === 'event' ? judged.envelope.eventType : judged.eventType) === eventType
}

function bytesOf(read: Read): number {
  if (read.kind === 'record') return read.json.length + 1
  return read.kind === 'broken' ? read.length : read.texts.join().length
}
