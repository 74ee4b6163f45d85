import type { DuckDBConnection } from '@duckdb/node-api'

/** As DuckDB words it for a row. */
export const CONFLICT = 'Transaction conflict: others changed rows of the same table'
const ABORTED = /Current transaction is aborted/

/**
 * Statements that are done together, or not at all, on a connection of their own. They see the tables as they were when it began, and
 * what they do themselves; nobody else sees anything of them before they are committed.
 */
export class Transaction {
  readonly #connection: DuckDBConnection
  /** Incarnations of tables whose rows it may have changed. */
  readonly changed = new Set<string>()
  /** Incarnations of tables that may have got rows by it. */
  readonly grown = new Set<string>()
  #isOver = false
  /** Why nothing more can be done in it: what DuckDB would say, first and from then on. */
  #aborted: string[] = []

  private constructor(connection: DuckDBConnection) {
    this.#connection = connection
  }

  static async begin(connection: DuckDBConnection): Promise<Transaction> {
    await connection.run('BEGIN')
    // what it sees is what there is when DuckDB reads for the first time
    await connection.run('SELECT sequence FROM local_cloud.flushed LIMIT 0')
    return new Transaction(connection)
  }

  /** @throws Error where it was aborted, as DuckDB words it */
  get connection(): DuckDBConnection {
    this.check()
    return this.#connection
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /**
   * Reads what it sees. A statement that failed has ended it for DuckDB, though nobody has rolled it back yet: the handler of the error
   * reads what everybody does.
   */
  async read<T>(work: (connection: DuckDBConnection) => Promise<T>, otherwise: () => Promise<T>): Promise<T> {
    try {
      return await work(this.connection)
    } catch (error) {
      if (!(error instanceof Error && ABORTED.test(error.message))) throw error
      return otherwise()
    }
  }

  /** Takes back what it did, since others come first. Whoever goes on with it hears so. */
  async abort(): Promise<void> {
    if (this.#isOver || this.#aborted.length > 0) return
    this.#aborted = [CONFLICT, 'Current transaction is aborted']
    await this.#connection.run('ROLLBACK')
  }

  /** @throws what DuckDB says where somebody else changed the same rows: then nothing is done, and it is over */
  async commit(): Promise<void> {
    if (this.#aborted.length === 0) return this.#end('COMMIT')
    this.#isOver = true
    this.#connection.closeSync()
    this.check()
  }

  async rollBack(): Promise<void> {
    await this.#end('ROLLBACK')
  }

  async #end(statement: 'COMMIT' | 'ROLLBACK'): Promise<void> {
    if (this.#isOver) return
    this.#isOver = true
    try {
      if (this.#aborted.length === 0) await this.#connection.run(statement)
    } finally {
      this.#connection.closeSync()
    }
  }

  /** @throws Error where it was aborted, as DuckDB words it */
  check(): void {
    const [why, ...rest] = this.#aborted
    if (why === undefined) return
    if (rest.length > 0) this.#aborted = rest
    throw new Error(why)
  }
}
