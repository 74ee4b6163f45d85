import { isLandedNote, landOnce, tablesOf, typesIn, type Inserted } from '../land/landing.ts'
import { unpublished } from '../judge/judge-record.ts'
import { inLandingTurn } from '../land/landing-turn.ts'
import { isStreamNote, PendingStream, type InsertedRows } from '../land/pending-stream.ts'
import { landingTurnsOf } from '../land/turns-of.ts'
import { LEDGER, type Account, type Loaded } from '../ledger.ts'
import type { LoadParts } from '../load-parts.ts'
import { fileOfPlace, letterOf } from '../rows.ts'
import { ownOf } from '../own-of.ts'
import { publishKept } from '../tell-letters.ts'
import { collision } from '../tell-collisions.ts'
import type { Workshop } from '../google/storage.ts'
import { ORIGINALS, ORIGINAL_BYTES, UNIT, type Original, type Unit } from './unit.ts'

const TOLD = 'told.json'
const TOLD_COLLISIONS = 'told-collisions.json'

export interface LandUnitParts {
  readonly parts: LoadParts
  readonly workshop: Workshop
  readonly unitId: string
  /** The process that lands it: another one that takes it up waits for its turns. */
  readonly owner: string
  /** Whether another process made it, which may stand still and come back. */
  readonly isTakenUp: boolean
}

/**
 * Lands the rows of a unit, each file as if those before it were there already. Killed and called again, it goes on with what is left.
 *
 * @throws LoadError
 */
export async function landUnit(unit: Unit, at: LandUnitParts): Promise<readonly Loaded[]> {
  const { parts, workshop, unitId, isTakenUp } = at
  const turn = { owner: at.owner, leaseMs: parts.leaseMs }
  const columns = tablesOf(unit.columns)
  const way = new PendingStream({ parts, workshop }, columns, { isByFile: true })
  const landed = new Map<string, InsertedRows>()
  for (const [index, type] of typesIn(columns).entries()) {
    const written = ownOf(unit.written.types, type)
    if (!written || written.rows === 0) continue
    const rows = { type, index, rows: written.rows, written: [written] }
    landed.set(type, await landOnce({ parts, workshop }, { type, index, ...turn }, () => way.insert(rows)))
  }
  await tell(unit, landed, at)
  const files = accountsOf(unit, landed, parts)
  await inLandingTurn(landingTurnsOf(parts, LEDGER), turn, () =>
    parts.ledger.done(`unit_${unitId}_done`, files),
  )
  // first what it is taken up by: without its notes it would not know any more what was its own
  await workshop.remove([UNIT])
  // who made it finds its streams by their notes, should it wake up
  if (!isTakenUp) await workshop.clear()
  return files
}

/** Whether rows of a unit are in a table. */
export async function hasLanded(workshop: Workshop, { streams }: LoadParts): Promise<boolean> {
  for (const name of await workshop.names()) {
    if (isLandedNote(name) && ((await workshop.read<Inserted>(name))?.landed ?? 0) > 0) return true
    if (!isStreamNote(name)) continue
    const note = await workshop.read<{ readonly stream: string }>(name)
    if (note && (await streams.stateOf(note.stream)) === 'committed') return true
  }
  return false
}

async function tell(
  unit: Unit,
  landed: ReadonlyMap<string, InsertedRows>,
  { parts, workshop }: LandUnitParts,
): Promise<void> {
  const { letters } = unit.written
  const done = await workshop.names()
  if (letters !== undefined && !done.has(TOLD)) {
    await publishKept(await workshop.bytesOf(letters), parts)
    await workshop.make(TOLD, {})
  }
  const collisions = [...landed].flatMap(([type, { collisions: places }]) =>
    places.map((place) => [place, type] as const),
  )
  if (collisions.length === 0 || done.has(TOLD_COLLISIONS)) return
  const bytes = await workshop.bytesOf(ORIGINAL_BYTES)
  const originals = JSON.parse((await workshop.bytesOf(ORIGINALS)).toString('utf8')) as Original[]
  const known = new Map(originals.map((original) => [original[0], original]))
  const told = collisions.flatMap(([place, eventType]) => {
    const [, start, end, where, eventId] = known.get(place)!
    const { file, number } = fileOfPlace(place)
    const { loadId, source } = unit.files[file]!.load
    const data = bytes.subarray(start, end)
    const message = { ...unpublished({ loadedAt: unit.begunAt, source: parts.source }), data }
    const rejection = collision(eventId)
    const table = parts.tableOf(eventType)
    return letterOf({ message, rejection, eventType, table }, { file: source, place: where }, loadId, number)
  })
  await parts.publishLetters(told)
  await workshop.make(TOLD_COLLISIONS, { letters: collisions.length })
}

function accountsOf(
  unit: Unit,
  landed: ReadonlyMap<string, InsertedRows>,
  parts: LoadParts,
): readonly Loaded[] {
  const counts = new Map(
    [...landed].map(([type, inserted]) => [
      type,
      { ...inserted, own: byFile(inserted.places), others: byFile(inserted.collisions) },
    ]),
  )
  return unit.files.map(({ load, types }, file) => {
    const accounts = Object.entries(types)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([eventType, { rows, deadLetters }]): Account => {
        const found = counts.get(eventType)
        const own = found?.own.get(file) ?? 0
        const collided = found?.others.get(file) ?? 0
        return {
          eventType,
          table: eventType === '' ? '' : parts.tableOf(eventType),
          records: rows + deadLetters,
          landed: own,
          duplicates: rows - own - collided,
          deadLetters: deadLetters + collided,
          ...(own > 0 && found?.stream !== undefined && { stream: found.stream }),
        }
      })
    return { load, accounts }
  })
}

function byFile(places: readonly number[]): ReadonlyMap<number, number> {
  const counts = new Map<number, number>()
  for (const place of places) {
    const { file } = fileOfPlace(place)
    counts.set(file, (counts.get(file) ?? 0) + 1)
  }
  return counts
}
