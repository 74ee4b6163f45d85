import { DuckDBInstance, type DuckDBConnection, type DuckDBPreparedStatement } from '@duckdb/node-api'
import type { DuckDBResultReader } from '@duckdb/node-api'

/** Rows for one table, as lines of JSON that DuckDB's from_json reads. */
export interface InsertTarget {
  /** `"project:dataset"."table"`, quoted. */
  readonly table: string
  readonly columns: string
  /** from_json's structure, as JSON text. */
  readonly structure: string
}

interface PendingInsert {
  readonly target: InsertTarget
  readonly lines: readonly string[]
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

const MOST_ROWS = 20_000

/**
 * The one file that talks to DuckDB. Writes take turns (two writers on one table would end in transaction conflicts);
 * inserts that wait while a commit runs go into the next one together: a commit costs about 10 ms on a disk, however
 * many rows it holds. Reads run beside them on a connection of their own.
 */
export class Store {
  readonly #instance: DuckDBInstance
  readonly #writer: DuckDBConnection
  readonly #reader: DuckDBConnection
  readonly #statements = new Map<string, DuckDBPreparedStatement>()
  #inserts: PendingInsert[] = []
  #turn: Promise<unknown> = Promise.resolve()
  #draining = false

  private constructor(instance: DuckDBInstance, writer: DuckDBConnection, reader: DuckDBConnection) {
    this.#instance = instance
    this.#writer = writer
    this.#reader = reader
  }

  /** @param path a file, or `:memory:` */
  static async open(path: string): Promise<Store> {
    const instance = await DuckDBInstance.create(path)
    const writer = await instance.connect()
    const reader = await instance.connect()
    for (const connection of [writer, reader]) {
      await connection.run("SET TimeZone = 'UTC'")
      // BigQuery's order: NULL is smaller than every value
      await connection.run("SET default_null_order = 'nulls_first_on_asc_last_on_desc'")
    }
    return new Store(instance, writer, reader)
  }

  /** Runs statements in one transaction, when all writes before it are done. */
  write<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    return this.#inTurn(async () => {
      await this.#writer.run('BEGIN')
      try {
        const result = await work(this.#writer)
        await this.#writer.run('COMMIT')
        return result
      } catch (error) {
        await this.#writer.run('ROLLBACK')
        throw error
      }
    })
  }

  query(sql: string, parameters: readonly string[] = []): Promise<DuckDBResultReader> {
    return this.#reader.runAndReadAll(sql, [...parameters])
  }

  /** Resolves when the rows are committed: the next query sees them. */
  insert(target: InsertTarget, lines: readonly string[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#inserts.push({ target, lines, resolve, reject })
      if (this.#draining) return
      this.#draining = true
      void this.#inTurn(() => this.#drain())
    })
  }

  /** A table was dropped or changed its columns: statements made for it are void. */
  forget(table: string): void {
    for (const [key, statement] of this.#statements) {
      if (!key.startsWith(`${table}\n`)) continue
      this.#statements.delete(key)
      statement.destroySync()
    }
  }

  async close(): Promise<void> {
    await this.#turn.catch(() => {})
    for (const statement of this.#statements.values()) statement.destroySync()
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
      for (const [target, lines] of byTarget(batch)) await this.#insertLines(target, lines)
      await this.#writer.run('COMMIT')
    } catch (error) {
      await this.#writer.run('ROLLBACK')
      throw error
    }
  }

  async #insertLines(target: InsertTarget, lines: readonly string[]): Promise<void> {
    const statement = await this.#statementFor(target)
    for (let at = 0; at < lines.length; at += MOST_ROWS) {
      statement.bind([lines.slice(at, at + MOST_ROWS).join('\n')])
      await statement.run()
    }
  }

  async #statementFor({ table, columns, structure }: InsertTarget): Promise<DuckDBPreparedStatement> {
    const key = `${table}\n${columns}\n${structure}`
    let statement = this.#statements.get(key)
    if (!statement) {
      const lines = `SELECT from_json(unnest(string_split($1, chr(10))), '${structure.replaceAll("'", "''")}') AS line`
      statement = await this.#writer.prepare(
        `INSERT INTO ${table} (${columns}) SELECT unnest(line) FROM (${lines})`,
      )
      this.#statements.set(key, statement)
    }
    return statement
  }
}

function byTarget(batch: readonly PendingInsert[]): Map<InsertTarget, string[]> {
  const groups = new Map<InsertTarget, string[]>()
  for (const { target, lines } of batch) {
    const group = groups.get(target)
    if (group) group.push(...lines)
    else groups.set(target, [...lines])
  }
  return groups
}
