import type { DuckDBConnection } from '@duckdb/node-api'
import type { Faults } from '../faults/faults.ts'
import { GoogleError } from '../google-error.ts'
import { quoteText } from './fields.ts'
import type { InsertMode, InsertTarget } from './insert-statements.ts'
import { Inserter } from './inserter.ts'
import type { Lines } from './line-writer.ts'
import { Pending, type PendingRows } from './pending-rows.ts'
import type { RowLog } from './row-log.ts'

export interface RowBufferOptions {
  readonly writer: DuckDBConnection
  /** Runs work when all writes before it are done. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>
  /** Runs statements in one transaction. Only in a turn. */
  readonly transaction: <T>(work: () => Promise<T>) => Promise<T>
  /** Absent: rows are kept in memory alone. */
  readonly log: RowLog | undefined
  readonly faults: Faults | undefined
}

/** Bytes: what one transaction takes at once, and what waits at most. */
const LARGEST_FLUSH = 8 << 20
const FLUSHED_FROM = 32 << 20
const MOST_PENDING = 128 << 20

// DuckDB's JSON reader refuses text with one half of a pair (RFC 8259, 8.2): such lines are tried before they are accepted
const ESCAPES = [Buffer.from('\\ud'), Buffer.from('\\uD')]
const mayHoldSurrogate = (bytes: Buffer): boolean => ESCAPES.some((escape) => bytes.includes(escape))

/**
 * Rows on their way into DuckDB. They are accepted when the log has them, and go into their tables when somebody reads these,
 * or when the log is long: many together, and each once, also where the process is killed in between. What of the log is in
 * DuckDB says a table there, `local_cloud.flushed`, which the same transaction writes.
 */
export class RowBuffer {
  readonly #options: RowBufferOptions
  readonly #inserter: Inserter
  readonly #pending = new Pending()
  /** Tables whose rows are in a transaction now. */
  readonly #flushing = new Set<string>()
  readonly #dropped = new Set<string>()
  #nextSequence = 1
  #prunedTo = 0
  #isDue = false

  constructor(options: RowBufferOptions) {
    this.#options = options
    this.#inserter = new Inserter(options.writer)
  }

  /**
   * Reads what an earlier process left.
   *
   * @param targetOf the table of an incarnation; undefined where it is gone
   */
  async restore(targetOf: (incarnation: string) => InsertTarget | undefined): Promise<void> {
    const { writer, log } = this.#options
    const marks = await writer.runAndReadAll(
      'SELECT incarnation, max(sequence) FROM local_cloud.flushed GROUP BY ALL',
    )
    const told = marks.getRowsJson() as [string, string][]
    const flushed = new Map(told.map(([incarnation, sequence]) => [incarnation, Number(sequence)]))
    let last = Math.max(0, ...flushed.values())
    log?.restore((rows) => {
      last = Math.max(last, rows.sequence)
      const target = targetOf(rows.incarnation)
      if (!target || rows.sequence <= (flushed.get(rows.incarnation) ?? 0)) return false
      this.#pending.add({ ...rows, target })
      return true
    })
    this.#nextSequence = last + 1
  }

  /**
   * Resolves when the rows outlive the process: the next query of the table sees them.
   *
   * @throws GoogleError RESOURCE_EXHAUSTED where the disk is full; Error where DuckDB cannot read a line, or the table is gone
   */
  async insert(target: InsertTarget, lines: Lines, mode: InsertMode): Promise<void> {
    const { inTurn, log, faults } = this.#options
    const { incarnation } = target
    const fault = faults?.at('bigquery.disk')
    if (fault) throw new GoogleError('RESOURCE_EXHAUSTED', fault.error.message)
    if (this.#dropped.has(incarnation)) throw new Error(`The table ${target.table} is gone.`)
    if (mayHoldSurrogate(lines.bytes)) {
      await inTurn(() => this.#insertNow(target, lines, mode))
      return
    }
    const rows = { incarnation, sequence: this.#nextSequence++, mode, lines }
    this.#pending.add({ ...rows, target, segment: log?.append(rows) })
    this.#flushWhenDue()
    if (this.#pending.size > MOST_PENDING) await inTurn(() => this.flush(this.#pending.whoseOldest()))
  }

  /** Whether rows of one of the tables are not in DuckDB yet. */
  isBehind(incarnations: readonly string[]): boolean {
    return incarnations.some((each) => this.#pending.has(each) || this.#flushing.has(each))
  }

  /** Rows of a table that are not in DuckDB yet. */
  count(incarnation: string): number {
    return this.#pending.count(incarnation)
  }

  /** Brings all rows of the tables into DuckDB. Only in a turn. */
  async flush(incarnations: readonly string[]): Promise<void> {
    let batch: (readonly PendingRows[])[] = []
    let size = 0
    for (const incarnation of incarnations) {
      const taken = this.#pending.take(incarnation)
      if (taken.length === 0) continue
      batch.push(taken)
      size += taken.reduce((sum, rows) => sum + rows.lines.bytes.length, 0)
      if (size < LARGEST_FLUSH) continue
      await this.#flushBatch(batch)
      batch = []
      size = 0
    }
    if (batch.length > 0) await this.#flushBatch(batch)
  }

  /** A table changes its columns: statements made for it are void. */
  forget(table: string): void {
    this.#inserter.forget(table)
  }

  /** A table is dropped, with the rows that were on their way. */
  drop(incarnation: string): void {
    this.#dropped.add(incarnation)
    this.#release(this.#pending.take(incarnation))
  }

  /** Only in a turn. */
  async close(): Promise<void> {
    const { writer, log } = this.#options
    await this.flush(this.#pending.whoseOldest())
    this.#inserter.close()
    log?.close()
    // nothing of the log is left that they would be asked for
    if (this.#pending.size === 0) await writer.run('DELETE FROM local_cloud.flushed')
  }

  #flushWhenDue(): void {
    const { inTurn, log } = this.#options
    if (this.#isDue || this.#pending.size < FLUSHED_FROM) return
    this.#isDue = true
    const flush = async () => {
      this.#isDue = false
      await this.flush(this.#pending.whoseOldest(({ segment }) => !log || log.isOld(segment)))
    }
    // a full disk: the rows are in the log, and the next flush tries again
    void inTurn(flush).catch(() => {})
  }

  async #flushBatch(batch: readonly (readonly PendingRows[])[]): Promise<void> {
    const incarnations = batch.map(([first]) => first!.incarnation)
    for (const each of incarnations) this.#flushing.add(each)
    try {
      await this.#options.transaction(async () => {
        for (const taken of batch) await this.#inserter.insert(taken)
        await this.#mark(batch.map((taken) => taken.at(-1)!))
      })
      for (const taken of batch) this.#release(taken)
    } catch (error) {
      for (const taken of batch) this.#pending.putBack(taken)
      const isDisk = error instanceof GoogleError && error.status === 'RESOURCE_EXHAUSTED'
      if (isDisk || batch.length === 1) throw error
      await this.#flushEach(incarnations)
    } finally {
      for (const each of incarnations) this.#flushing.delete(each)
    }
  }

  /** One table is to blame: the others' rows go in. */
  async #flushEach(incarnations: readonly string[]): Promise<void> {
    const failures: unknown[] = []
    for (const each of incarnations) await this.flush([each]).catch((error: unknown) => failures.push(error))
    if (failures.length > 0) throw failures[0]
  }

  async #insertNow(target: InsertTarget, lines: Lines, mode: InsertMode): Promise<void> {
    await this.flush([target.incarnation])
    await this.#options.transaction(() => this.#inserter.insertLines(target, mode, [lines]))
  }

  /** Says in DuckDB up to where the log is in it; what it says of records that are gone goes. */
  async #mark(newest: readonly PendingRows[]): Promise<void> {
    const { writer, log } = this.#options
    if (!log) return
    const values = newest.map(({ incarnation, sequence }) => `(${quoteText(incarnation)}, ${sequence})`)
    await writer.run(`INSERT INTO local_cloud.flushed VALUES ${values.join(', ')}`)
    const first = log.firstSequence ?? 0
    if (first <= this.#prunedTo) return
    await writer.run(`DELETE FROM local_cloud.flushed WHERE sequence < ${first}`)
    this.#prunedTo = first
  }

  #release(taken: readonly PendingRows[]): void {
    for (const { segment } of taken) if (segment) this.#options.log?.release(segment)
  }
}
