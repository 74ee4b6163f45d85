import type { InsertTarget } from '../table/insert-statements.ts'
import type { LoggedRows } from './row-log.ts'

/** Rows on their way into a table. */
export interface PendingRows extends LoggedRows {
  readonly target: InsertTarget
  /** When they were accepted, in milliseconds since 1970. */
  readonly at: number
}

/** Rows that are accepted and not in DuckDB yet, by the incarnation of their table, each table's in their order. */
export class Pending {
  readonly #tables = new Map<string, PendingRows[]>()
  #size = 0

  /** Bytes of all lines. */
  get size(): number {
    return this.#size
  }

  add(rows: PendingRows): void {
    const waiting = this.#tables.get(rows.incarnation)
    if (waiting) waiting.push(rows)
    else this.#tables.set(rows.incarnation, [rows])
    this.#size += rows.lines.bytes.length
  }

  has(incarnation: string): boolean {
    return this.#tables.has(incarnation)
  }

  /** Incarnations of tables whose oldest rows are such. */
  whoseOldest(are: (rows: PendingRows) => boolean = () => true): string[] {
    return [...this.#tables].filter(([, [oldest]]) => are(oldest!)).map(([incarnation]) => incarnation)
  }

  /** The sequence of a table's oldest rows. */
  oldestOf(incarnation: string): number | undefined {
    return this.#tables.get(incarnation)?.[0]!.sequence
  }

  /** Takes a table's oldest rows out. @param bytes how many at least, where there are so many; @param upTo a sequence */
  take(incarnation: string, bytes = Infinity, upTo = Infinity): readonly PendingRows[] {
    const waiting = this.#tables.get(incarnation) ?? []
    let count = 0
    let size = 0
    for (; count < waiting.length && size < bytes && waiting[count]!.sequence <= upTo; count++)
      size += waiting[count]!.lines.bytes.length
    this.#size -= size
    if (count === waiting.length) {
      this.#tables.delete(incarnation)
      return waiting
    }
    return waiting.splice(0, count)
  }

  /** Puts rows that were taken back before those that came meanwhile. */
  putBack(taken: readonly PendingRows[]): void {
    const meanwhile = this.take(taken[0]!.incarnation)
    for (const rows of [...taken, ...meanwhile]) this.add(rows)
  }

  /** Rows of a table. */
  count(incarnation: string): number {
    return (this.#tables.get(incarnation) ?? []).reduce((sum, { lines }) => sum + lines.count, 0)
  }
}
