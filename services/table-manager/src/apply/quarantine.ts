import type { EventPolicy } from '@tablestream/contract'

const MOST_PATHS = 10_000

interface Seen {
  count: number
  /** Milliseconds since 1970. */
  readonly since: number
}

/**
 * Who asked for which new column, so that one misplaced event cannot widen a table for ever: a column is admitted once
 * enough events agree, or the first of them came long enough ago. Counted by this instance alone.
 */
export class Quarantine {
  readonly #rule: NonNullable<EventPolicy['quarantine']>
  readonly #now: () => number
  readonly #seen = new Map<string, Seen>()

  constructor(rule: NonNullable<EventPolicy['quarantine']>, now: () => number) {
    this.#rule = rule
    this.#now = now
  }

  /** An event asks for these columns. To be called once for each event. */
  observe(paths: readonly string[]): void {
    for (const path of paths) {
      const seen = this.#seen.get(path)
      if (seen) seen.count++
      else {
        if (this.#seen.size >= MOST_PATHS) this.#seen.delete(this.#seen.keys().next().value!)
        this.#seen.set(path, { count: 1, since: this.#now() })
      }
    }
  }

  admits(path: string): boolean {
    const seen = this.#seen.get(path)
    if (!seen) return false
    const { events = Number.POSITIVE_INFINITY, minutes = Number.POSITIVE_INFINITY } = this.#rule
    return seen.count >= events || this.#now() - seen.since >= minutes * 60_000
  }
}
