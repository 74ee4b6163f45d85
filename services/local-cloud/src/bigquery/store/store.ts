import { AsyncLocalStorage } from 'node:async_hooks'
import type { DuckDBConnection, DuckDBResultReader } from '@duckdb/node-api'
import type { Faults } from '../../faults/faults.ts'
import { GoogleError } from '../../google-error.ts'
import { notImplemented } from '../errors.ts'
import { openDataFile, type DataFile } from './data-file.ts'
import { keepByteOrderMarks } from './keep-byte-order-marks.ts'
import type { ColumnsChange, InsertOptions, InsertTarget } from '../table/insert-statements.ts'
import { inPartition } from '../table/partition-time.ts'
import type { Table } from '../table/table.ts'
import type { Lines } from '../table/line-writer.ts'
import { Conflicts } from './conflicts.ts'
import { inTransaction } from './in-transaction.ts'
import { isConflict, limited } from './store-errors.ts'
import { GrownMemory } from '../results/grown-memory.ts'
import { ResultReader, type ResultRows } from '../results/result-rows.ts'
import { ResultStore } from '../results/result-store.ts'
import { prepare } from './prepare.ts'
import { RowBuffer } from './row-buffer.ts'
import { RowMarks } from './row-marks.ts'
import type { StoreOptions } from './store-options.ts'
import { StreamingBuffer } from './streaming-buffer.ts'
import { countStill } from './count-still.ts'
import { TableHistory, type Kept } from './table-history.ts'
import { Transaction } from './transaction.ts'
import { UnderWay } from '../under-way.ts'
import { WriteTurns } from './write-turns.ts'

/**
 * DuckDB, and the rows on their way into it. Writes take turns (two writers on one table would end in transaction conflicts).
 * Reads run beside them on a connection of their own, once the rows that they must see are there.
 */
export class Store {
  readonly buffer: StreamingBuffer
  readonly history: TableHistory
  readonly marks = new RowMarks()
  readonly #file: DataFile
  readonly #faults: Faults | undefined
  readonly #writer: DuckDBConnection
  readonly #reader: DuckDBConnection
  readonly #results: ResultReader
  readonly #large: ResultStore
  readonly #memory: GrownMemory
  readonly #rows: RowBuffer
  readonly #turns = new WriteTurns()
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** The transaction of several statements that is going on where something is done. */
  readonly #within = new AsyncLocalStorage<Transaction>()
  readonly #conflicts = new Conflicts()
  /** Transactions that may not be over. */
  readonly #transactions = new Set<Transaction>()
  /** Whatever runs statements. */
  readonly #underWay = new UnderWay()

  private constructor(
    file: DataFile,
    writer: DuckDBConnection,
    reader: DuckDBConnection,
    { log, faults, resultsFolder, now = Date.now }: StoreOptions,
  ) {
    this.now = now
    this.#faults = faults
    this.buffer = new StreamingBuffer(now, faults)
    this.#file = file
    this.#writer = writer
    this.#reader = reader
    this.#large = new ResultStore(resultsFolder)
    this.#memory = new GrownMemory(() => file.giveBack())
    this.#results = new ResultReader(() => file.connect(), this.#large, this.#memory)
    const transaction = <T>(
      work: () => Promise<T>,
      incarnations: readonly string[],
      changed: readonly string[],
    ) => this.#before(incarnations, changed, () => this.#transaction(work))
    this.history = new TableHistory(now)
    this.#rows = new RowBuffer({
      writer,
      turns: this.#turns,
      transaction,
      log,
      faults,
      history: this.history,
      now,
    })
  }

  /** @param path a file, or `:memory:` */
  static async open(path: string, options: StoreOptions = {}): Promise<Store> {
    keepByteOrderMarks()
    const file = await openDataFile(path, options.memoryMb)
    const writer = await file.connect()
    const reader = await file.connect()
    await prepare(writer)
    return new Store(file, writer, reader, options)
  }

  /** Takes up the rows that an earlier process left on their way. @param targetOf as `RowBuffer.restore` */
  restore(targetOf: (incarnation: string) => InsertTarget | undefined): Promise<ReadonlyMap<string, number>> {
    return this.#rows.restore(targetOf)
  }

  /**
   * Runs statements in one transaction, when it is their turn.
   *
   * @param reads incarnations of tables whose rows must be there
   * @param changed incarnations of tables of which it may change or delete rows; absent: of all whose rows must be there, since no others
   * can be changed
   * @param columns of the table whose columns it changes
   * @throws GoogleError RESOURCE_EXHAUSTED where the disk is full: then nothing is changed
   */
  write<T>(
    work: (connection: DuckDBConnection) => Promise<T>,
    reads: readonly string[] = [],
    changed: readonly string[] = reads,
    columns?: ColumnsChange,
  ): Promise<T> {
    return this.#underWay.run(async () => {
      const own = this.#own()
      if (own) {
        await this.#conflicts.change(changed, own)
        for (const each of reads) own.grown.add(each)
        return limited(() => work(own.connection))
      }
      // most of the rows before the turn: others need not wait for them
      await this.#rows.catchUp(reads)
      const change = async () => {
        if (!this.#turns.isAlone) await this.#rows.flush(reads)
        await this.#conflicts.change(changed)
        for (const each of reads) this.marks.touch(each)
        return this.#change(work, changed, reads, columns?.kept)
      }
      return this.#turns.take('change', () =>
        columns ? this.#rows.changeColumns(columns, change) : change(),
      )
    })
  }

  /**
   * Runs the statements that drop a table. With it go the rows that were on their way.
   *
   * @param dropped called as soon as it is gone
   * @param next the incarnation of the table that takes its place
   * @param reads incarnations of tables whose rows must be there
   * @throws as `write`
   */
  drop(
    { table, incarnation }: Pick<InsertTarget, 'table' | 'incarnation'>,
    work: (connection: DuckDBConnection) => Promise<void>,
    dropped: () => void,
    next?: string,
    reads: readonly string[] = [],
  ): Promise<void> {
    const own = this.#own()
    const turn = async () => {
      this.#rows.forget(table)
      await this.#change(work, next === undefined ? reads : [...reads, incarnation])
      this.history.forget(incarnation, next)
      this.#rows.drop(incarnation)
      this.marks.forget(incarnation)
      this.buffer.forget(incarnation)
      dropped()
    }
    return this.#underWay.run(() =>
      own ? limited(() => work(own.connection)).then(dropped) : this.#turns.take('change', turn),
    )
  }

  /** @param reads incarnations of tables whose rows must be there */
  query(sql: string, reads: readonly string[] = []): Promise<DuckDBResultReader> {
    return this.#underWay.run(async () => {
      const own = this.#own()
      if (own)
        return own.read(
          (connection) => connection.runAndReadAll(sql),
          () => this.#reader.runAndReadAll(sql),
        )
      await this.#rows.catchUp(reads)
      return this.#reader.runAndReadAll(sql)
    })
  }

  /** Runs a query whose result somebody may ask for later. @param reads as of `query` @param signal ends it */
  result(sql: string, reads: readonly string[] = [], signal?: AbortSignal): Promise<ResultRows> {
    return this.#underWay.run(async () => {
      const own = this.#own()
      if (own)
        return own.read(
          (connection) => this.#results.run(sql, signal, connection),
          () => this.#results.run(sql, signal),
        )
      await this.#rows.catchUp(reads)
      return this.#results.run(sql, signal)
    })
  }

  /**
   * Begins a transaction of several statements. It takes no turn: others write meanwhile, and of two who change the same rows the second
   * one hears that it cannot.
   */
  begin(): Promise<Transaction> {
    return this.#underWay.run(async () => {
      await this.#turns.take('change', () => this.#rows.flushAll())
      const transaction = await Transaction.begin(await this.#file.connect())
      this.#transactions.add(transaction)
      this.#conflicts.begin(transaction)
      return transaction
    })
  }

  /** Does something in a transaction, with all that it calls; without one as always. */
  within<T>(transaction: Transaction | undefined, work: () => Promise<T>): Promise<T> {
    return transaction ? this.#within.run(transaction, work) : work()
  }

  /** @throws what DuckDB says where somebody else changed the same rows */
  commit(transaction: Transaction): Promise<void> {
    return this.#underWay.run(async () => {
      this.marks.write()
      try {
        // in a turn: nobody copies the files meanwhile. Rows that were streamed until then come before it
        await this.#turns.take('change', async () => {
          await this.#rows.flush([...transaction.changed])
          this.#conflicts.end(transaction)
          const history = this.history.begin([...transaction.changed], [...transaction.grown], 'copy')
          await history.settled(() => history.around(this.#writer, () => limited(() => transaction.commit())))
        })
        this.#conflicts.changed(transaction.changed)
      } finally {
        // what failed before DuckDB heard of it is open still, and nobody will ask for it any more
        await transaction.rollBack()
        this.#transactions.delete(transaction)
        this.#conflicts.end(transaction)
        this.marks.write()
        for (const each of transaction.changed) {
          this.marks.touch(each)
          this.marks.change(each)
        }
      }
    })
  }

  rollBack(transaction: Transaction): Promise<void> {
    return this.#underWay.run(() => this.#rollBack(transaction))
  }

  async #rollBack(transaction: Transaction): Promise<void> {
    try {
      await transaction.rollBack()
    } finally {
      this.#conflicts.end(transaction)
      this.#transactions.delete(transaction)
    }
  }

  #own(): Transaction | undefined {
    const own = this.#within.getStore()
    // a timer that something in it has set may come later
    return own?.isOver === false ? own : undefined
  }

  /** Does something while no rows come into DuckDB but its own, and nobody else changes any. What was accepted before is there. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    if (this.#own() || this.#turns.isAlone) return work()
    return this.#underWay.run(() =>
      this.#turns.alone(async () => {
        await this.#rows.flushAll()
        return work()
      }),
    )
  }

  /** A table as it was, as `TableHistory` has it: for what is done `alone`. */
  rowsAt(table: Table, ms: number): ReturnType<TableHistory['rowsAt']> {
    if (this.#own()) throw notImplemented('FOR SYSTEM_TIME AS OF in a transaction')
    return this.history.rowsAt(table, ms)
  }

  /** How many rows a table has, with those that are accepted and not in DuckDB yet. */
  countRows({ table, incarnation }: Pick<InsertTarget, 'table' | 'incarnation'>): Promise<number> {
    return this.#underWay.run(async () => {
      const own = this.#own()
      if (own) {
        const [row] = (await own.connection.runAndReadAll(`SELECT count(*) FROM ${table}`)).getRowsJson()
        return Number(row?.[0] ?? 0)
      }
      const count = async () => {
        const pending = this.#rows.count(incarnation)
        const reader = await this.#reader.runAndReadAll(`SELECT count(*) FROM ${table}`)
        return Number(reader.getRowsJson()[0]?.[0] ?? 0) + pending
      }
      return countStill(
        count,
        () => this.#rows.flushesOf(incarnation),
        () => this.#turns.take('read', count),
      )
    })
  }

  /** @throws as `RowBuffer.insert` */
  insert(
    target: InsertTarget,
    sent: Lines,
    { mode = 'append', stream, mayChange = true, partition = target.partition }: InsertOptions = {},
  ): Promise<void> {
    const lines = inPartition(partition, sent, mode, this.now())
    const { incarnation } = target
    this.marks.streams(incarnation, this.now())
    const stay = mode === 'append' ? this.buffer.stay() : 0
    const inserted = this.#underWay.run(() =>
      stay === 0
        ? this.#rows.insert(target, lines, mode, stream)
        : this.#rows.insertAtOnce(target, lines, stream, (first, last) =>
            this.buffer.add(incarnation, { first, last, bytes: lines.bytes.length, mayChange }, stay),
          ),
    )
    // who counted rows meanwhile may have counted without these
    return inserted.finally(() => this.marks.insert(incarnation))
  }

  /** Runs the work while no statement of a writer runs: the files are then as a kill would leave them. */
  still(work: () => void): Promise<void> {
    return this.#underWay.run(() => this.#turns.take('change', async () => work()))
  }

  /** A table changes its columns. */
  forget(table: string): void {
    this.#rows.forget(table)
  }

  /** Ends when everything that is under way has ended. */
  async close(): Promise<void> {
    await this.#underWay.close()
    for (const transaction of this.#transactions) await this.#rollBack(transaction)
    await this.#turns.take('change', () => this.#rows.close())
    await this.#writer.run('CHECKPOINT')
    await this.#memory.close()
    this.#writer.closeSync()
    this.#reader.closeSync()
    this.#file.close()
    await this.#large.close()
  }

  async #change<T>(
    work: (connection: DuckDBConnection) => Promise<T>,
    changed: readonly string[],
    grown: readonly string[] = [],
    kept: Kept = 'copy',
  ): Promise<T> {
    const history = this.history.begin(changed, grown, kept)
    this.marks.write()
    // a transaction that began before may not change rows of them any more
    this.#conflicts.changed(changed)
    try {
      const changing = async () => {
        const made = await history.around(this.#writer, () => work(this.#writer))
        const fault = this.#faults?.at('bigquery.disk')
        if (fault) throw new GoogleError('RESOURCE_EXHAUSTED', fault.error.message)
        return made
      }
      return await history.settled(() => this.#transaction(changing))
    } finally {
      this.marks.write()
      for (const each of changed) this.marks.change(each)
    }
  }

  /**
   * Rows that were accepted come in before what a transaction has changed of the same table and has not committed: it is aborted.
   *
   * @param changed incarnations of tables of which they change rows
   */
  async #before<T>(
    incarnations: readonly string[],
    changed: readonly string[],
    work: () => Promise<T>,
  ): Promise<T> {
    await this.#conflicts.abort(changed)
    this.#conflicts.changed(changed)
    try {
      return await work()
    } catch (error) {
      if (!isConflict(error) || !(await this.#conflicts.abort(incarnations))) throw error
      return work()
    }
  }

  async #transaction<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await inTransaction(this.#writer, work)
    } finally {
      await this.#memory.giveBackIfGrown()
    }
  }
}
