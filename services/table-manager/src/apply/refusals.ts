import { createHash } from 'node:crypto'
import type { ColumnType } from '@tablestream/table-schema'

/** Long enough to spare BigQuery and the events beside, short enough for a rule or a grant that changes. */
const REMEMBERED_MS = 5 * 60_000
const MOST = 1000
const LONGEST = 200

interface Refused {
  readonly reason: string
  readonly until: number
}

/** The changes of one table that BigQuery refused lately: they are not asked for again with every event. */
export class Refusals {
  readonly #now: () => number
  readonly #refused = new Map<string, Refused>()

  constructor(now: () => number) {
    this.#now = now
  }

  get isEmpty(): boolean {
    return this.#refused.size === 0
  }

  remember(change: string, reason: string): void {
    if (this.#refused.size >= MOST) this.#refused.delete(this.#refused.keys().next().value!)
    this.#refused.set(shortened(change), { reason, until: this.#now() + REMEMBERED_MS })
  }

  /** BigQuery's words, where this change was refused. */
  reasonOf(change: string): string | undefined {
    const key = shortened(change)
    const refused = this.#refused.get(key)
    if (!refused) return undefined
    if (refused.until > this.#now()) return refused.reason
    this.#refused.delete(key)
    return undefined
  }
}

/** A name of fixed length for a long one: a change may add thousands of columns, and a thousand changes of a table are remembered. */
export function shortened(change: string): string {
  return change.length <= LONGEST ? change : createHash('sha256').update(change).digest('base64')
}

const WIDENING = 'widen '

/** The name of a widening. */
export function wideningKey(path: string, to: ColumnType): string {
  return `${WIDENING}${path} ${to}`
}

export function isWidening(key: string): boolean {
  return key.startsWith(WIDENING)
}
