import type { Flow } from '../api/flow.ts'
import { readChanges, type TableChange } from '../tables/changes.ts'
import type { Tables } from '../tables/dataset.ts'

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
  readonly #options: MarkKeeperOptions
  #marks: Flow['marks'] = []
  #next = 0

  constructor(options: MarkKeeperOptions) {
    this.#options = options
  }

  get(): Flow['marks'] {
    if (this.#options.now() >= this.#next) void this.#read()
    return this.#marks
  }

  async #read(): Promise<void> {
    const { tables, now, maxAgeMs, failed } = this.#options
    this.#next = Number.POSITIVE_INFINITY
    try {
      const since = new Date(now() - SPAN_MS)
      const changes = await readChanges(tables, { since: since.toISOString() })
      this.#marks = changes.toReversed().map(markOf)
    } catch (error) {
      failed(error)
    }
    this.#next = now() + maxAgeMs
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
