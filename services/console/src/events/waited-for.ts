import type { EventStory } from '../api/event.ts'
import type { TableChange } from '../tables/changes.ts'
import type { PublishedMessage } from './record.ts'

/** So long after a row the change that it waited for may be told. */
const TOLD_MS = 60_000

interface Waiting {
  readonly first: PublishedMessage
  readonly eventId: string
  /** When it landed. */
  readonly until: string | undefined
  /** The columns that hold its values. */
  readonly values: readonly string[]
}

/**
 * Changes of its table between its publish and its row that it asked for, or that made a column of its.
 *
 * @param changes of its table since its publish, newest first
 */
export function waitedFor(
  changes: readonly TableChange[],
  { first, eventId, until, values }: Waiting,
): EventStory['waited_for'] {
  // the change is written down when it is done: the row may be there before
  const end = until === undefined ? Infinity : Date.parse(until) + TOLD_MS
  const own = changes.filter(({ changed_at: time }) => Date.parse(time) <= end)
  return own.toReversed().flatMap((change) => {
    const askedByIt = change.event_ids.includes(eventId)
    const touched = [...change.added, ...change.widened.map(({ path }) => path), ...change.relaxed]
    const columns = touched.filter((path) =>
      values.some((column) => column === path || column.startsWith(`${path}.`)),
    )
    if (!askedByIt && columns.length === 0) return []
    return {
      changed_at: change.changed_at,
      change: change.change,
      columns: columns.length === 0 ? touched : columns,
      asked_by_it: askedByIt,
      seconds_after_publish: (Date.parse(change.changed_at) - Date.parse(first.publishTime)) / 1000,
    }
  })
}
