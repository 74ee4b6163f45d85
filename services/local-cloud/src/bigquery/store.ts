import { DuckDBInstance, type DuckDBConnection, type DuckDBPreparedStatement } from '@duckdb/node-api'
import type { DuckDBResultReader } from '@duckdb/node-api'
import { farmFingerprint } from '../sql/farm-fingerprint.ts'
import { jsonTooDeep } from '../sql/json-too-deep.ts'
import type { Faults } from '../faults/faults.ts'
import { GoogleError } from '../google-error.ts'
import { keepByteOrderMarks } from './keep-byte-order-marks.ts'
import { insertStatements, type InsertMode, type InsertTarget } from './insert-statements.ts'

interface PendingInsert {
  readonly target: InsertTarget
  readonly mode: InsertMode
  readonly lines: readonly string[]
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

const MOST_ROWS = 20_000

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

/**
 * The one file that talks to DuckDB. Writes take turns (two writers on one table would end in transaction conflicts);
 * inserts that wait while a commit runs go into the next one together: a commit costs about 10 ms on a disk, however
 * many rows it holds. Reads run beside them on a connection of their own.
 */
export class Store {
  readonly #instance: DuckDBInstance
  readonly #faults: Faults | undefined
  readonly #writer: DuckDBConnection
  readonly #reader: DuckDBConnection
  readonly #statements = new Map<string, readonly DuckDBPreparedStatement[]>()
  #inserts: PendingInsert[] = []
  #turn: Promise<unknown> = Promise.resolve()
  #draining = false

  private constructor(
    instance: DuckDBInstance,
    writer: DuckDBConnection,
    reader: DuckDBConnection,
    faults?: Faults,
  ) {
    this.#faults = faults
    this.#instance = instance
    this.#writer = writer
    this.#reader = reader
  }

  /** @param path a file, or `:memory:` */
  static async open(path: string, faults?: Faults): Promise<Store> {
    keepByteOrderMarks()
    const instance = await DuckDBInstance.create(path)
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
    // after the data file is open, which these would refuse
    for (const setting of LOCKED) await writer.run(setting)
    return new Store(instance, writer, reader, faults)
  }

  /** Runs statements in one transaction, when all writes before it are done. */
  write<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    return this.#inTurn(async () => {
      await this.#writer.run('BEGIN')
      try {
        const result = await work(this.#writer)
        await this.#commitNow()
        return result
      } catch (error) {
        await this.#rollback()
        throw asDiskError(error)
      }
    })
  }

  query(sql: string, parameters: readonly string[] = []): Promise<DuckDBResultReader> {
    return this.#reader.runAndReadAll(sql, [...parameters])
  }

  /** Resolves when the rows are committed: the next query sees them. */
  insert(target: InsertTarget, lines: readonly string[], mode: InsertMode = 'append'): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#inserts.push({ target, mode, lines, resolve, reject })
      if (this.#draining) return
      this.#draining = true
      void this.#inTurn(() => this.#drain())
    })
  }

  /** A table was dropped or changed its columns: statements made for it are void. */
  forget(table: string): void {
    for (const [key, statements] of this.#statements) {
      if (!key.startsWith(`${table}\n`)) continue
      this.#statements.delete(key)
      for (const statement of statements) statement.destroySync()
    }
  }

  async close(): Promise<void> {
    await this.#turn.catch(() => {})
    for (const statement of [...this.#statements.values()].flat()) statement.destroySync()
    this.#statements.clear()
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

  async #drain(): Promise<void> {
    const batch = this.#inserts
    this.#inserts = []
    this.#draining = false
    try {
      await this.#commit(batch)
      for (const { resolve } of batch) resolve()
    } catch {
      // one of them is to blame: each on its own, so that the others land
      for (const insert of batch) {
        await this.#commit([insert]).then(insert.resolve, insert.reject)
      }
    }
  }

  async #commit(batch: readonly PendingInsert[]): Promise<void> {
    await this.#writer.run('BEGIN')
    try {
      for (const { target, mode, lines } of grouped(batch)) await this.#insertLines(target, mode, lines)
      await this.#commitNow()
    } catch (error) {
      await this.#rollback()
      throw asDiskError(error)
    }
  }

  async #commitNow(): Promise<void> {
    const fault = this.#faults?.at('bigquery.disk')
    if (fault) throw new GoogleError('RESOURCE_EXHAUSTED', fault.error.message)
    await this.#writer.run('COMMIT')
  }

  /** A commit that found no space has ended its transaction already: then there is nothing to roll back, and DuckDB says so. */
  async #rollback(): Promise<void> {
    try {
      await this.#writer.run('ROLLBACK')
    } catch (error) {
      if (!/no transaction is active/i.test((error as Error).message)) throw asDiskError(error)
    }
  }

  async #insertLines(target: InsertTarget, mode: InsertMode, lines: readonly string[]): Promise<void> {
    const statements = await this.#statementsFor(target, mode)
    for (let at = 0; at < lines.length; at += MOST_ROWS) {
      const text = lines.slice(at, at + MOST_ROWS).join('\n')
      for (const statement of statements) {
        statement.bind([text])
        await statement.run()
      }
    }
  }

  async #statementsFor(target: InsertTarget, mode: InsertMode): Promise<readonly DuckDBPreparedStatement[]> {
    const { table, columns, structure, key: primaryKey } = target
    const key = [table, columns, structure, mode, ...primaryKey].join('\n')
    let statements = this.#statements.get(key)
    if (!statements) {
      const made: DuckDBPreparedStatement[] = []
      for (const sql of insertStatements(target, mode)) made.push(await this.#writer.prepare(sql))
      statements = made
      this.#statements.set(key, statements)
    }
    return statements
  }
}

/** A full disk is a limit of this machine, which callers hear as they hear of Google's. */
function asDiskError(error: unknown): unknown {
  const full = error instanceof Error && /no space left|ENOSPC|could not write/i.test(error.message)
  return full
    ? new GoogleError('RESOURCE_EXHAUSTED', `The disk is full: ${error.message}`, { cause: error })
    : error
}

interface Group {
  readonly target: InsertTarget
  readonly mode: InsertMode
  readonly lines: string[]
}

/** Inserts into one table in one go, in the order in which the tables came first. */
function grouped(batch: readonly PendingInsert[]): Group[] {
  const groups: Group[] = []
  for (const { target, mode, lines } of batch) {
    const same = groups.find((group) => group.target === target && group.mode === mode)
    if (same) for (const line of lines) same.lines.push(line)
    else groups.push({ target, mode, lines: [...lines] })
  }
  return groups
}
