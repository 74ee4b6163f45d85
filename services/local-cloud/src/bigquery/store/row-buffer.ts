import type { DuckDBConnection } from '@duckdb/node-api'
import type { Faults } from '../../faults/faults.ts'
import { GoogleError } from '../../google-error.ts'
import { ChangedTargets } from './changed-targets.ts'
import { quoteText } from '../values/fields.ts'
import type { ColumnsChange, InsertMode, InsertTarget } from '../table/insert-statements.ts'
import { Inserter } from './inserter.ts'
import type { Lines } from '../table/line-writer.ts'
import { addStreamRows, countRows, readStreamRows } from './stream-rows.ts'
import { Pending, type PendingRows } from './pending-rows.ts'
import type { TableHistory } from './table-history.ts'
import type { RowLog } from './row-log.ts'
import type { TurnKind, WriteTurns } from './write-turns.ts'

export interface RowBufferOptions {
  readonly writer: DuckDBConnection
  readonly turns: WriteTurns
  /**
   * Runs statements in one transaction, which brings rows into the tables of these incarnations. Only in a turn.
   *
   * @param changed those of which it changes rows
   */
  readonly transaction: <T>(
    work: () => Promise<T>,
    incarnations: readonly string[],
    changed: readonly string[],
  ) => Promise<T>
  readonly history: Pick<TableHistory, 'append' | 'lose'>
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Absent: rows are kept in memory alone. */
  readonly log: RowLog | undefined
  readonly faults: Faults | undefined
  /** Bytes that wait at most: rows beyond wait for room. 128 MB, where nothing is said. */
  readonly mostPending?: number
}

/** What one transaction takes at once: it lasts for some 50 ms, and others have their turn. */
const LARGEST_FLUSH = 2 << 20
const MOST_TABLES = 50
/** Bytes from which on rows are flushed, and what waits at most. */
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
  readonly #mostPending: number
  readonly #pending = new Pending()
  /** Tables whose rows are in a transaction now. */
  readonly #flushing = new Set<string>()
  /** How many flushes of a table there were. */
  readonly #flushes = new Map<string, number>()
  readonly #dropped = new Set<string>()
  readonly #changed = new ChangedTargets()
  /** Tables some of whose columns get other names now. */
  readonly #renaming = new Set<string>()
  #nextSequence = 1
  #prunedTo = 0
  #isDue = false
  /** Rows that wait for room, in their order. */
  #admissions: Promise<unknown> = Promise.resolve()
  #waitingForRoom = 0

  constructor(options: RowBufferOptions) {
    this.#options = options
    this.#mostPending = options.mostPending ?? MOST_PENDING
    this.#inserter = new Inserter(options.writer)
  }

  /**
   * Reads what an earlier process left.
   *
   * @param targetOf the table of an incarnation; undefined where it is gone
   * @returns how many rows came by each write stream
   */
  async restore(
    targetOf: (incarnation: string) => InsertTarget | undefined,
  ): Promise<ReadonlyMap<string, number>> {
    const { writer, log } = this.#options
    const marks = await writer.runAndReadAll(
      'SELECT incarnation, max(sequence) FROM local_cloud.flushed GROUP BY ALL',
    )
    const streamRows = await readStreamRows(writer)
    const told = marks.getRowsJson() as [string, string][]
    const flushed = new Map(told.map(([incarnation, sequence]) => [incarnation, Number(sequence)]))
    let last = Math.max(0, ...flushed.values())
    log?.restore((rows) => {
      last = Math.max(last, rows.sequence)
      const target = targetOf(rows.incarnation)
      if (!target || rows.sequence <= (flushed.get(rows.incarnation) ?? 0)) return false
      // they came before anything that this process knows
      this.#pending.add({ ...rows, target, at: 0 })
      countRows(streamRows, rows)
      return true
    })
    this.#nextSequence = last + 1
    return streamRows
  }

  /**
   * Resolves when the rows outlive the process: the next query of the table sees them.
   *
   * @throws GoogleError RESOURCE_EXHAUSTED where the disk is full; Error where DuckDB cannot read a line, or the table is gone. Then none
   *   of the rows is there.
   */
  insert(target: InsertTarget, lines: Lines, mode: InsertMode, stream?: string): Promise<void> {
    if (this.#waitingForRoom === 0 && this.#pending.size <= this.#mostPending)
      return this.#accept(target, lines, mode, stream)
    this.#waitingForRoom++
    const admission = this.#admissions
      .then(() => this.#makeRoom())
      .then(() => this.#accept(target, lines, mode, stream))
      .finally(() => this.#waitingForRoom--)
    this.#admissions = admission.catch(() => {})
    return admission
  }

  /** Brings the rows of the tables that are accepted by now into DuckDB. What is done alone sees what there was when it began. */
  async catchUp(incarnations: readonly string[]): Promise<void> {
    if (this.#options.turns.isAlone) return
    const upTo = this.#nextSequence - 1
    const isBehind = (each: string) =>
      this.#flushing.has(each) || (this.#pending.oldestOf(each) ?? Infinity) <= upTo
    while (incarnations.some(isBehind))
      await this.#options.turns.take('read', () => this.#flushSome(incarnations, upTo))
  }

  /** Rows of a table that are not in DuckDB yet, and in no flush. */
  count(incarnation: string): number {
    return this.#pending.count(incarnation)
  }

  /** Rows are in DuckDB. */
  #note({ incarnation, mode, at, lines }: Pick<PendingRows, 'incarnation' | 'mode' | 'at' | 'lines'>): void {
    const { history } = this.#options
    if (mode === 'append') history.append(incarnation, at, lines.count)
    else if (mode === 'change') history.lose(incarnation)
  }

  /** How many flushes of a table there were; undefined while there is one. */
  flushesOf(incarnation: string): number | undefined {
    return this.#flushing.has(incarnation) ? undefined : (this.#flushes.get(incarnation) ?? 0)
  }

  /** Brings all rows of the tables into DuckDB. Only in a turn. */
  async flush(incarnations: readonly string[], upTo = Infinity): Promise<void> {
    while (await this.#flushSome(incarnations, upTo));
  }

  /** Brings all rows that there are into DuckDB. Only in a turn. */
  flushAll(): Promise<void> {
    return this.flush(this.#pending.whoseOldest(), this.#nextSequence - 1)
  }

  /**
   * Changes the columns of a table: rows that were made for the old ones get into those that it has then. Only in a turn.
   *
   * @param change brings the rows that are there by then into DuckDB first. Where columns get other names, those that come meanwhile, and
   * later with the old ones, go there at once: the log says nothing of names.
   */
  async changeColumns<T>(columns: ColumnsChange, change: () => Promise<T>): Promise<T> {
    const { incarnation } = columns.before
    if (columns.names.size > 0) this.#renaming.add(incarnation)
    try {
      const result = await change()
      this.#changed.add(columns)
      return result
    } finally {
      this.#renaming.delete(incarnation)
    }
  }

  /** A table changes its columns: statements made for it are void. */
  forget(table: string): void {
    this.#inserter.forget(table)
  }

  /** A table is dropped, with the rows that were on their way. */
  drop(incarnation: string): void {
    this.#dropped.add(incarnation)
    this.#flushes.delete(incarnation)
    this.#release(this.#pending.take(incarnation))
  }

  /** Only in a turn. */
  async close(): Promise<void> {
    const { writer, log } = this.#options
    await this.flushAll()
    this.#inserter.close()
    log?.close()
    // nothing of the log is left that they would be asked for
    if (this.#pending.size === 0) await writer.run('DELETE FROM local_cloud.flushed')
  }

  /**
   * Brings rows into their table at once.
   *
   * @param landed hears DuckDB's row ids of the first and of the last of them, before anybody else changes anything
   * @throws as `insert`
   */
  insertAtOnce(
    target: InsertTarget,
    lines: Lines,
    stream: string | undefined,
    landed: (first: number, last: number) => void,
  ): Promise<void> {
    return this.#options.turns.take('change', async () => {
      this.#check(target)
      await this.flush([target.incarnation])
      const before = await this.#lastRow(target)
      await this.#insertNow(target, { sequence: this.#nextSequence++, mode: 'append', lines, stream })
      landed(before + 1, await this.#lastRow(target))
    })
  }

  async #lastRow({ table }: InsertTarget): Promise<number> {
    const told = await this.#options.writer.runAndReadAll(`SELECT max(rowid) FROM ${table}`)
    return Number(told.getRowsJson()[0]?.[0] ?? -1)
  }

  #check({ incarnation, table }: InsertTarget): void {
    const fault = this.#options.faults?.at('bigquery.disk')
    if (fault) throw new GoogleError('RESOURCE_EXHAUSTED', fault.error.message)
    if (this.#dropped.has(incarnation)) throw new Error(`The table ${table} is gone.`)
  }

  async #accept(target: InsertTarget, lines: Lines, mode: InsertMode, stream?: string): Promise<void> {
    const { turns, log, now } = this.#options
    const { incarnation } = target
    this.#check(target)
    const rows = { incarnation, sequence: this.#nextSequence++, mode, lines, stream }
    const isRenamed = this.#renaming.has(incarnation) || this.#changed.isRenamed(target)
    if (isRenamed || mayHoldSurrogate(lines.bytes)) {
      await turns.take('change', () => this.#insertNow(target, rows))
      return
    }
    this.#pending.add({ ...rows, target, at: now(), segment: log?.append(rows) })
    this.#flushWhenDue()
  }

  /** @throws GoogleError RESOURCE_EXHAUSTED where the disk is full */
  async #makeRoom(): Promise<void> {
    const hasRoom = () => this.#pending.size <= this.#mostPending
    if (hasRoom()) return
    try {
      await this.#flushOldest('change', hasRoom)
    } catch (error) {
      // rows of one table that DuckDB does not take are no reason to refuse another's
      if (isFullDisk(error)) throw error
    }
  }

  #flushWhenDue(): void {
    if (this.#isDue || this.#pending.size < FLUSHED_FROM) return
    this.#isDue = true
    // a full disk: the rows are in the log, and the next flush tries again
    void this.#flushOldest('spare')
      .catch(() => {})
      .finally(() => (this.#isDue = false))
  }

  /** Brings the rows of old files of the log into DuckDB, or all where there is no log. @param isEnough is asked behind each transaction */
  async #flushOldest(kind: TurnKind, isEnough = () => false): Promise<void> {
    const { turns, log } = this.#options
    const upTo = this.#nextSequence - 1
    const isOld = ({ sequence, segment }: PendingRows) => sequence <= upTo && (!log || log.isOld(segment))
    for (let isMore = true; isMore && !isEnough();)
      isMore = await turns.take(kind, () => this.#flushSome(this.#pending.whoseOldest(isOld), upTo))
  }

  /** One transaction. Only in a turn. @returns whether there was anything to bring in */
  async #flushSome(incarnations: readonly string[], upTo: number): Promise<boolean> {
    const batch: (readonly PendingRows[])[] = []
    let size = 0
    for (const incarnation of incarnations) {
      if (size >= LARGEST_FLUSH || batch.length >= MOST_TABLES) break
      const taken = this.#pending.take(incarnation, LARGEST_FLUSH - size, upTo)
      if (taken.length > 0) batch.push(taken)
      size += taken.reduce((sum, rows) => sum + rows.lines.bytes.length, 0)
    }
    if (batch.length === 0) return false
    await this.#flushBatch(batch)
    return true
  }

  async #flushBatch(batch: readonly (readonly PendingRows[])[]): Promise<void> {
    const incarnations = batch.map(([first]) => first!.incarnation)
    for (const each of incarnations) {
      this.#flushing.add(each)
      this.#flushes.set(each, (this.#flushes.get(each) ?? 0) + 1)
    }
    try {
      await this.#options.transaction(
        async () => {
          for (const taken of batch)
            await this.#inserter.insert(
              taken.map((rows) => ({ ...rows, target: this.#changed.now(rows.target) })),
            )
          await addStreamRows(this.#options.writer, batch.flat())
          await this.#mark(batch.map((taken) => taken.at(-1)!))
        },
        incarnations,
        changedBy(batch.flat()),
      )
      for (const taken of batch) {
        for (const rows of taken) this.#note(rows)
        this.#release(taken)
      }
    } catch (error) {
      for (const taken of batch) this.#pending.putBack(taken)
      if (isFullDisk(error) || batch.length === 1) throw error
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

  async #insertNow(
    target: InsertTarget,
    rows: Pick<PendingRows, 'sequence' | 'mode' | 'lines' | 'stream'>,
  ): Promise<void> {
    await this.flush([target.incarnation], rows.sequence)
    await this.#options.transaction(
      async () => {
        await this.#inserter.insertLines(this.#changed.now(target), rows.mode, [rows.lines])
        await addStreamRows(this.#options.writer, [rows])
      },
      [target.incarnation],
      changedBy([{ ...rows, incarnation: target.incarnation }]),
    )
    const { incarnation } = target
    this.#note({ ...rows, incarnation, at: this.#options.now() })
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

/** Incarnations of tables of which some of these change rows. */
function changedBy(rows: readonly Pick<PendingRows, 'mode' | 'incarnation'>[]): string[] {
  return [...new Set(rows.filter(({ mode }) => mode === 'change').map(({ incarnation }) => incarnation))]
}

function isFullDisk(error: unknown): boolean {
  return error instanceof GoogleError && error.status === 'RESOURCE_EXHAUSTED'
}
