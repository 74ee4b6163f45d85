/**
 * What is known of the rows of tables without a look at them: that they came, and that they changed. Tables are told by their incarnations;
 * all is forgotten with the process.
 */
export class RowMarks {
  /** When rows were streamed last, in milliseconds since 1970. */
  readonly #streamedAt = new Map<string, number>()
  /** Tables to which rows may have come since somebody asked. */
  #touched = new Set<string>()
  /** How often rows may have been changed or deleted. */
  readonly #changes = new Map<string, number>()
  /** How often rows were on their way into a table, and how often anything else was written. */
  readonly #inserts = new Map<string, number>()
  #writes = 0

  /** Rows are on their way into a table. @param at milliseconds since 1970 */
  streams(incarnation: string, at: number): void {
    this.#streamedAt.set(incarnation, at)
    this.touch(incarnation)
    this.insert(incarnation)
  }

  /** Who counted rows meanwhile may have counted without those that came. */
  insert(incarnation: string): void {
    count(this.#inserts, incarnation)
  }

  touch(incarnation: string): void {
    this.#touched.add(incarnation)
  }

  /** Something else than rows that are streamed is written, or was. */
  write(): void {
    this.#writes++
  }

  change(incarnation: string): void {
    count(this.#changes, incarnation)
  }

  /** The table is gone. */
  forget(incarnation: string): void {
    this.#streamedAt.delete(incarnation)
    this.#changes.delete(incarnation)
    this.#inserts.delete(incarnation)
  }

  /** When the last row was streamed into a table, milliseconds since 1970. */
  streamedAt(incarnation: string): number | undefined {
    return this.#streamedAt.get(incarnation)
  }

  /** Tables to which rows may have come since this was asked last. */
  takeTouched(): ReadonlySet<string> {
    const touched = this.#touched
    this.#touched = new Set()
    return touched
  }

  /** How often anything happened to the rows of a table, but that others came. */
  changesOf(incarnation: string): number {
    return this.#changes.get(incarnation) ?? 0
  }

  /** Another text than before where the rows of a table may be others. It is asked for before the rows are. */
  versionOf(incarnation: string): string {
    return `${this.#writes} ${this.#inserts.get(incarnation) ?? 0}`
  }
}

function count(counts: Map<string, number>, incarnation: string): void {
  counts.set(incarnation, (counts.get(incarnation) ?? 0) + 1)
}
