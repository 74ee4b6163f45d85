import type { PlacedId, Written } from './written.ts'
import { isOurs, readSurely, type SourceLoad } from './source-load.ts'

/** Their ids go into a query as a parameter. */
const MOST_AT_ONCE = 10_000

/** Notes of the messages of a source that they have their end, where it wants to know. */
export async function markLanded(
  source: SourceLoad,
  written: readonly Written[],
  collisions: ReadonlyMap<string, readonly number[]>,
): Promise<void> {
  const { object, workshop, load } = source
  if (!object.markLanded || !isOurs(source, 0)) return
  const others = new Set([...collisions.values()].flat())
  for (const { ids } of written) {
    if (ids === undefined) continue
    const placed = await readSurely<readonly PlacedId[]>(workshop, ids)
    const landed = placed.filter(([place]) => !others.has(place)).map(([, id]) => id)
    for (let at = 0; at < landed.length; at += MOST_AT_ONCE)
      await object.markLanded(landed.slice(at, at + MOST_AT_ONCE), `load-${load.loadId}`)
  }
}
