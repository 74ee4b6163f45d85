import type { Workshop } from '../google/storage.ts'
import type { LoadName } from '../ledger.ts'
import type { LoadParts } from '../load-parts.ts'
import { tablesFor, type Columns } from '../plan-tables.ts'
import { placeOf, RowsOfPortion } from '../rows.ts'
import { targetsOf } from '../rows-options.ts'
import type { Written } from '../written.ts'
import { MOST_SHOWN } from '../show-report.ts'
import { badRecordOf, type BadRecord } from '../survey.ts'
import { textOfPlace } from '../text-of-place.ts'
import type { SmallFile } from './read-small.ts'
import { SmallSurvey } from './survey-small.ts'

/**
 * Small files that land together. Plain JSON, in an object that is made when all their rows are: from then on the files are not needed any
 * more, and may change.
 */
export interface Unit {
  /** RFC 3339 */
  readonly begunAt: string
  readonly files: readonly UnitFile[]
  readonly columns: Columns
  /** Places are those of a source whose portions are the files. */
  readonly written: Written
}

export interface UnitFile {
  readonly load: LoadName
  /** By event type. */
  readonly types: Readonly<Record<string, { readonly rows: number; readonly deadLetters: number }>>
  /** The first of its records that are no events; absent: there are none. */
  readonly bad?: readonly BadRecord[]
}

/** Where an event that got a row stands: in the unit, in the bytes of all, and in words in its file; and its id. */
export type Original = readonly [place: number, start: number, end: number, where: string, eventId: string]

/** Names of objects. */
export const UNIT = 'unit.json'
export const ORIGINALS = 'originals.json'
export const ORIGINAL_BYTES = 'originals.bin'

/** Makes the rows of files, and of all that is needed to land them objects in the workshop. @throws LoadError */
export async function makeUnit(
  files: readonly SmallFile[],
  {
    parts,
    workshop,
    begunAt,
    unitId,
  }: {
    readonly parts: LoadParts
    readonly workshop: Workshop
    readonly begunAt: string
    readonly unitId: string
  },
): Promise<Unit> {
  const survey = new SmallSurvey(parts)
  for (const file of files) await survey.add(file)
  const columns = await tablesFor(parts, survey.result)
  const rows = new RowsOfPortion({
    workshop,
    policies: parts.policies,
    targetOf: targetsOf(parts, columns),
    processedAt: begunAt,
    loadId: unitId,
    portion: 0,
    keepsIds: false,
  })
  const originals: Original[] = []
  const bytes: Uint8Array[] = []
  const made: UnitFile[] = []
  let at = 0
  for (const [index, { load, records }] of files.entries()) {
    rows.beginFile(index, load.loadId)
    const bad: BadRecord[] = []
    for (const [number, { judged, place }] of records.entries()) {
      if (rows.add(judged, place)) await rows.store()
      if (judged.outcome === 'rejected') {
        if (bad.length < MOST_SHOWN) bad.push(badRecordOf(judged, place))
        continue
      }
      originals.push([
        placeOf(index, number),
        at,
        (at += judged.data.length),
        textOfPlace(place),
        judged.envelope.eventId,
      ])
      bytes.push(judged.data)
    }
    made.push({ load, types: rows.countsOfFile(), ...(bad.length > 0 && { bad }) })
  }
  const written = await rows.finish()
  await workshop.put(ORIGINAL_BYTES, Buffer.concat(bytes))
  await workshop.put(ORIGINALS, Buffer.from(JSON.stringify(originals)))
  return workshop.make<Unit>(UNIT, { begunAt, files: made, columns, written })
}
