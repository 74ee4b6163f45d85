import type { ListedObject } from './archive-bucket.ts'
import type { ArchiveParts } from './archive-parts.ts'
import type { Hour } from './hours.ts'
import { inTurns } from './in-turns.ts'
import { hourFolder, OTHERS } from './layout.ts'
import { hourOfMarker, hourOfTry, LONGEST_TRY_MS, markerOfTry, tableOfTry, TRIES } from './one-try.ts'

/** Older files are of no try that goes on: twice as long, as clocks may differ. */
const OLD_MS = 2 * LONGEST_TRY_MS

/** Says that there may be files of this try from now on. */
export async function markTry({ bucket, layout }: ArchiveParts, hour: Hour, id: string): Promise<void> {
  await bucket.put(markerOfTry(hour, id), layout.types)
}

/** The try is over: whatever files are there have a manifest. */
export async function endTry({ bucket, record }: ArchiveParts, hour: Hour, id: string): Promise<void> {
  await record.drop(tableOfTry(hour, id))
  await bucket.remove(markerOfTry(hour, id))
}

/** Removes the files of a try that failed before its manifest was written, and its table. */
export async function removeTry(parts: ArchiveParts, hour: Hour, id: string): Promise<void> {
  const files = (await listHour(parts, hour)).filter(({ name }) =>
    name.split('/').at(-1)!.startsWith(`${id}-`),
  )
  await inTurns(files, (file) => parts.bucket.delete(file))
  await endTry(parts, hour, id)
}

/** Removes what tries left that were killed: their markers tell of their files, and their tables are found by their names. */
export async function removeLeftovers(parts: ArchiveParts): Promise<undefined> {
  for (const { name, madeAt } of await parts.bucket.list(TRIES)) {
    const hour = hourOfMarker(name)
    if (hour === undefined || parts.now() - madeAt < OLD_MS) continue
    await removeUnnamed(parts, hour, typesOf(await parts.bucket.read(name)))
    await parts.bucket.remove(name)
  }
  for (const { table, madeAt } of await parts.record.tables()) {
    const hour = hourOfTry(table)
    if (hour === undefined || parts.now() - madeAt < OLD_MS) continue
    // one of a release that made no markers
    await removeUnnamed(parts, hour)
    await parts.record.drop(table)
  }
}

/** Removes the files of an hour that its manifest does not name, and that nobody is about to name. */
async function removeUnnamed(parts: ArchiveParts, hour: Hour, types: readonly string[] = []): Promise<void> {
  const found = await listHour(parts, hour, types)
  // asked last: what was named meanwhile is kept
  const kept = await parts.bucket.manifest(hour)
  const named = new Set(kept?.manifest.objects.map(({ name }) => name))
  const old = found.filter(({ name, madeAt }) => !named.has(name) && parts.now() - madeAt >= OLD_MS)
  await inTurns(old, (file) => parts.bucket.delete(file))
}

/** @param others types that have no folder any more, and had one when the files were made */
async function listHour(
  { bucket, layout }: ArchiveParts,
  hour: Hour,
  others: readonly string[] = [],
): Promise<ListedObject[]> {
  const types = [...new Set([...layout.types, ...others, OTHERS])]
  return (await inTurns(types, (type) => bucket.list(`${hourFolder(type, hour)}/`))).flat()
}

function typesOf(marker: unknown): readonly string[] {
  return Array.isArray(marker) ? marker.filter((type) => typeof type === 'string') : []
}
