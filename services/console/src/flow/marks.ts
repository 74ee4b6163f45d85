import { SYSTEM_COLUMNS } from '@tablestream/table-schema'
import type { Flow } from '../api/flow.ts'
import { readChanges, type TableChange } from '../tables/changes.ts'
import type { Tables } from '../tables/dataset.ts'
import { sqlType } from '../tables/sql-type.ts'
import { Kept } from './kept.ts'

export interface MarkKeeperOptions {
  readonly tables: Tables
  readonly now: () => number
  /** So old they may be. */
  readonly maxAgeMs: number
  /** The services' own figures are told all the same. */
  readonly failed: (error: unknown) => void
}

const SPAN_MS = 3_600_000

/** The table changes of the last hour, read again while somebody looks at them and they are old. */
export class MarkKeeper {
  readonly #kept: Kept<Flow['marks']>

  constructor({ tables, now, maxAgeMs, failed }: MarkKeeperOptions) {
    const read = async (at: number): Promise<Flow['marks']> => {
      try {
        const changes = await readChanges(tables, { since: new Date(at - SPAN_MS).toISOString() })
        return changes.toReversed().map(markOf)
      } catch (error) {
        failed(error)
        throw error
      }
    }
    this.#kept = new Kept({ read, now, maxAgeMs })
  }

  get(): Flow['marks'] {
    return this.#kept.get().value ?? []
  }
}

/** So many of its parts a change is told by. */
const MOST_PARTS = 10
const OF_EVERY_TABLE = new Set(SYSTEM_COLUMNS.map(({ name }) => name))

/** A change in a line: what the events asked for by name, as far as it fits, and how much more there is. */
export function markOf({
  changed_at: at,
  table_name: table,
  change,
  added,
  widened,
  relaxed,
}: Omit<TableChange, 'change_id' | 'event_ids'>): Flow['marks'][number] {
  const own = change === 'created' ? added.filter((column) => !OF_EVERY_TABLE.has(column)) : added
  const parts = [
    ...own.map((column) => `+ ${column}`),
    ...widened.map(({ path, to_type: type }) => `${path} → ${sqlType(type)}`),
    ...relaxed.map((column) => `${column} NULLABLE`),
  ]
  const shown = parts.slice(0, MOST_PARTS)
  const more = parts.length - shown.length
  if (more > 0) shown.push(`and ${more} more`)
  const others = added.length - own.length
  if (others > 0) shown.push(`and ${others} that every table has`)
  return { at, table, change, text: shown.join(', ') }
}
