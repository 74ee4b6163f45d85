import type { ListedObject } from './archive-bucket.ts'
import type { ArchiveParts } from './archive-parts.ts'
import type { Hour } from './hours.ts'
import { inTurns } from './in-turns.ts'
import { hourFolder, OTHERS } from './layout.ts'
import { hourOfTry, LONGEST_TRY_MS, tableOfTry } from './one-try.ts'

/** Older files are of no try that goes on: twice as long, as clocks may differ. */
const OLD_MS = 2 * LONGEST_TRY_MS

/** Removes the files of a try that failed before its manifest was written, and its table. */
export async function removeTry(parts: ArchiveParts, hour: Hour, id: string): Promise<void> {
  const files = (await listHour(parts, hour)).filter(({ name }) =>
    name.split('/').at(-1)!.startsWith(`${id}-`),
  )
  await inTurns(files, (file) => parts.bucket.delete(file))
  await parts.record.drop(tableOfTry(hour, id))
}

/** Removes what tries left that were killed: their tables tell of them. */
export async function removeLeftovers(parts: ArchiveParts): Promise<undefined> {
  for (const { table, madeAt } of await parts.record.tables()) {
    const hour = hourOfTry(table)
    if (hour === undefined || parts.now() - madeAt < OLD_MS) continue
    await removeUnnamed(parts, hour)
    await parts.record.drop(table)
  }
}

/** Removes the files of an hour that its manifest does not name, and that nobody is about to name. */
async function removeUnnamed(parts: ArchiveParts, hour: Hour): Promise<void> {
  const found = await listHour(parts, hour)
  // asked last: what was named meanwhile is kept
  const kept = await parts.bucket.manifest(hour)
  const named = new Set(kept?.manifest.objects.map(({ name }) => name))
  const old = found.filter(({ name, madeAt }) => !named.has(name) && parts.now() - madeAt >= OLD_MS)
  await inTurns(old, (file) => parts.bucket.delete(file))
}

async function listHour({ bucket, layout }: ArchiveParts, hour: Hour): Promise<ListedObject[]> {
  const types = [...layout.types, OTHERS]
  return (await inTurns(types, (type) => bucket.list(`${hourFolder(type, hour)}/`))).flat()
}
