import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api'
import type { DuckDBResultReader } from '@duckdb/node-api'
import { farmFingerprint } from '../sql/farm-fingerprint.ts'
import { jsonTooDeep } from '../sql/json-too-deep.ts'
import type { Faults } from '../faults/faults.ts'
import { GoogleError } from '../google-error.ts'
import { keepByteOrderMarks } from './keep-byte-order-marks.ts'
import type { InsertMode, InsertTarget } from './insert-statements.ts'
import type { Lines } from './line-writer.ts'
import { RowBuffer } from './row-buffer.ts'
import type { RowLog } from './row-log.ts'

/**
 * What a query can reach is what is in the data file: no other file, no extension, no network. The rewriter lets none of it
 * through; this holds where the rewriter errs. (duckdb.org/docs: Securing DuckDB)
 */
const LOCKED = [
  'SET autoinstall_known_extensions = false',
  'SET autoload_known_extensions = false',
  'SET allow_community_extensions = false',
  'SET enable_external_access = false',
  'SET lock_configuration = true',
]

export interface StoreOptions {
  /** Where rows are kept on their way; absent: in memory. */
  readonly log?: RowLog
  readonly faults?: Faults
}

// The least there is, for tables of thousands of columns: each begins with blocks of its own (256 KB by default)
const BLOCK_BYTES = '16384'

// At DuckDB's own 16 MB it would compress what was written a second ago, again and again
const CHECKPOINT = '128MB'

/**
 * DuckDB, and the rows on their way into it. Writes take turns (two writers on one table would end in transaction conflicts).
 * Reads run beside them on a connection of their own, once the rows that they must see are there.
 */
export class Store {
  readonly #instance: DuckDBInstance
  readonly #faults: Faults | undefined
  readonly #writer: DuckDBConnection
  readonly #reader: DuckDBConnection
  readonly #rows: RowBuffer
  #turn: Promise<unknown> = Promise.resolve()

  private constructor(
    instance: DuckDBInstance,
    writer: DuckDBConnection,
    reader: DuckDBConnection,
    { log, faults }: StoreOptions,
  ) {
    this.#faults = faults
    this.#instance = instance
    this.#writer = writer
    this.#reader = reader
    const inTurn = <T>(work: () => Promise<T>) => this.#inTurn(work)
    const transaction = <T>(work: () => Promise<T>) => this.#transaction(work)
    this.#rows = new RowBuffer({ writer, inTurn, transaction, log, faults })
  }

  /** @param path a file, or `:memory:` */
  static async open(path: string, options: StoreOptions = {}): Promise<Store> {
    keepByteOrderMarks()
    const instance = await DuckDBInstance.create(path, { default_block_size: BLOCK_BYTES })
    const writer = await instance.connect()
    const reader = await instance.connect()
    for (const scalarFunction of [farmFingerprint(), jsonTooDeep()]) {
      writer.registerScalarFunction(scalarFunction)
      // DuckDB keeps its own reference; this one would keep the process alive after the store is closed
      scalarFunction.destroySync()
    }
    for (const connection of [writer, reader]) {
      await connection.run("SET TimeZone = 'UTC'")
      // BigQuery's order: NULL is smaller than every value
      await connection.run("SET default_null_order = 'nulls_first_on_asc_last_on_desc'")
    }
    await writer.run(`SET checkpoint_threshold = '${CHECKPOINT}'`)
    // after the data file is open, which these would refuse
    for (const setting of LOCKED) await writer.run(setting)
    await writer.run('CREATE SCHEMA IF NOT EXISTS local_cloud')
    await writer.run('CREATE TABLE IF NOT EXISTS local_cloud.flushed (incarnation VARCHAR, sequence BIGINT)')
    return new Store(instance, writer, reader, options)
  }

  /** Takes up the rows that an earlier process left on their way. @param targetOf as `RowBuffer.restore` */
  restore(targetOf: (incarnation: string) => InsertTarget | undefined): Promise<void> {
    return this.#rows.restore(targetOf)
  }

  /**
   * Runs statements in one transaction, when all writes before it are done.
   *
   * @param reads incarnations of tables whose rows must be there
   */
  write<T>(work: (connection: DuckDBConnection) => Promise<T>, reads: readonly string[] = []): Promise<T> {
    return this.#inTurn(async () => {
      await this.#rows.flush(reads)
      return this.#transaction(async () => {
        const result = await work(this.#writer)
        const fault = this.#faults?.at('bigquery.disk')
        if (fault) throw new GoogleError('RESOURCE_EXHAUSTED', fault.error.message)
        return result
      })
    })
  }

  /** @param reads incarnations of tables whose rows must be there */
  async query(sql: string, reads: readonly string[] = []): Promise<DuckDBResultReader> {
    if (this.#rows.isBehind(reads)) await this.#inTurn(() => this.#rows.flush(reads))
    return this.#reader.runAndReadAll(sql)
  }

  /** @throws as `RowBuffer.insert` */
  insert(target: InsertTarget, lines: Lines, mode: InsertMode = 'append'): Promise<void> {
    return this.#rows.insert(target, lines, mode)
  }

  /** Rows of a table that are accepted and that a query without `reads` does not see yet. */
  pendingRows(incarnation: string): number {
    return this.#rows.count(incarnation)
  }

  /** A table changes its columns. */
  forget(table: string): void {
    this.#rows.forget(table)
  }

  /** A table is dropped, with the rows that were on their way. */
  drop({ table, incarnation }: Pick<InsertTarget, 'table' | 'incarnation'>): void {
    this.#rows.forget(table)
    this.#rows.drop(incarnation)
  }

  async close(): Promise<void> {
    await this.#inTurn(() => this.#rows.close())
    await this.#writer.run('CHECKPOINT')
    this.#writer.closeSync()
    this.#reader.closeSync()
    this.#instance.closeSync()
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.catch(() => {}).then(work)
    this.#turn = turn
    return turn
  }

  async #transaction<T>(work: () => Promise<T>): Promise<T> {
    await this.#writer.run('BEGIN')
    try {
      const result = await work()
      await this.#writer.run('COMMIT')
      return result
    } catch (error) {
      await this.#rollback()
      throw asDiskError(error)
    }
  }

  /** A commit that found no space has ended its transaction already: then there is nothing to roll back, and DuckDB says so. */
  async #rollback(): Promise<void> {
    try {
      await this.#writer.run('ROLLBACK')
    } catch (error) {
      if (!/no transaction is active/i.test((error as Error).message)) throw asDiskError(error)
    }
  }
}

/** A full disk is a limit of this machine, which callers hear as they hear of Google's. */
function asDiskError(error: unknown): unknown {
  const full = error instanceof Error && /no space left|ENOSPC|could not write/i.test(error.message)
  return full
    ? new GoogleError('RESOURCE_EXHAUSTED', `The disk is full: ${error.message}`, { cause: error })
    : error
}
