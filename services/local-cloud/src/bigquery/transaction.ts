import type { DuckDBConnection } from '@duckdb/node-api'

const ABORTED = /Current transaction is aborted/

/**
 * Statements that are done together, or not at all, on a connection of their own. They see the tables as they were when it began, and
 * what they do themselves; nobody else sees anything of them before they are committed.
 */
export class Transaction {
  readonly connection: DuckDBConnection
  /** Incarnations of tables whose rows it may have changed. */
  readonly changed = new Set<string>()
  #isOver = false

  private constructor(connection: DuckDBConnection) {
    this.connection = connection
  }

  static async begin(connection: DuckDBConnection): Promise<Transaction> {
    await connection.run('BEGIN')
    // what it sees is what there is when DuckDB reads for the first time
    await connection.run('SELECT sequence FROM local_cloud.flushed LIMIT 0')
    return new Transaction(connection)
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

  /** @throws what DuckDB says where somebody else changed the same rows: then nothing is done, and it is over */
  async commit(): Promise<void> {
    await this.#end('COMMIT')
  }

  async rollBack(): Promise<void> {
    await this.#end('ROLLBACK')
  }

  async #end(statement: 'COMMIT' | 'ROLLBACK'): Promise<void> {
    if (this.#isOver) return
    this.#isOver = true
    try {
      await this.connection.run(statement)
    } finally {
      this.connection.closeSync()
    }
  }
}
