import { shorten, type Rejection } from '@tablestream/contract'
import { toJsonText } from '@tablestream/table-schema'
import { readJudged } from './read-judged.ts'
import { fromOf, letterOf, placeOf, PORTION_RECORDS } from './rows.ts'
import { isOurs, type SourceLoad } from './source-load.ts'
import { waitForAll } from './wait-for-all.ts'

const TOLD = 'told-collisions.json'

/**
 * Publishes as dead letters the records whose id another event has, which is known only when the others have landed. Their bytes are read
 * again from the source.
 */
export async function tellCollisions(
  source: SourceLoad,
  collisions: ReadonlyMap<string, readonly number[]>,
): Promise<void> {
  const { workshop, parts, portions, load } = source
  const places = new Set([...collisions.values()].flat())
  if (places.size === 0) return
  if (isOurs(source, 0) && !(await workshop.names()).has(TOLD)) {
    const touched = new Set([...places].map((place) => Math.floor(place / PORTION_RECORDS)))
    for (const portion of portions.filter(({ index }) => touched.has(index))) {
      let number = 0
      for await (const { judged, place } of readJudged(source, portion)) {
        const letters = judged.flatMap((each, index) => {
          const at = placeOf(portion.index, number++)
          if (!places.has(at) || each.outcome !== 'event') return []
          const { envelope, message, data } = each
          const { eventType, eventId } = envelope
          const table = parts.tableOf(eventType)
          const letter = { message: { ...message, data }, rejection: collision(eventId), eventType, table }
          return letterOf(letter, fromOf(place[index]!), load.loadId, at)
        })
        if (letters.length > 0) await parts.publishLetters(letters)
      }
    }
    await workshop.make(TOLD, { letters: places.size })
  }
  await waitForAll(workshop, [TOLD], parts.waitMs)
}

export function collision(eventId: string): Rejection {
  return {
    reason: 'event_id_collision',
    path: '/event_id',
    value: shorten(toJsonText(eventId)),
    message: 'another event of the same type and source has this id, and other bytes',
  }
}
