import { startOf, type Hour } from './hours.ts'

const HOUR_MS = 3_600_000
const HOURS_A_DAY = 24

/**
 * Archived hours at which a run looks again, since Pub/Sub writes what its subscription held up with the time at which it was
 * published: the youngest, in which most of that is; those that the record forgets next; and every other one once a day, at the
 * hour of the day that it has itself.
 *
 * @param archived hours that the record still has, in their order
 * @param count how many of the youngest, and of the oldest; 0: no hour is looked at
 * @param now milliseconds since 1970
 */
export function hoursToLookAt(archived: readonly Hour[], count: number, now: number): Hour[] {
  if (count === 0) return []
  const nowHour = Math.floor(now / HOUR_MS)
  return archived.filter((hour, place) => {
    const isAtAnEnd = place < count || place >= archived.length - count
    return isAtAnEnd || (nowHour - startOf(hour) / HOUR_MS) % HOURS_A_DAY === 0
  })
}
