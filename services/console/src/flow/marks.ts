import type { Flow } from '../api/flow.ts'
import { readChanges, type TableChange } from '../tables/changes.ts'
import type { Tables } from '../tables/dataset.ts'
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

function markOf({ changed_at: at, table_name: table, change, added, widened, relaxed }: TableChange) {
  const parts = [
    ...added.map((column) => `+ ${column}`),
    ...widened.map(({ path, to_type: type }) => `${path} → ${type}`),
    ...relaxed.map((column) => `${column} NULLABLE`),
  ]
  return { at, table, change, text: parts.slice(0, 10).join(', ') }
}
