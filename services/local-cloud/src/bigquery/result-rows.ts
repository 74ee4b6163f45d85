import type {
  DuckDBConnection,
  DuckDBDataChunk,
  DuckDBResult,
  DuckDBType,
  DuckDBValue,
} from '@duckdb/node-api'
import { withEmptyArrays } from './cells.ts'

type Row = readonly DuckDBValue[]

/** So many values of a result stay in JavaScript's heap; what is larger goes into a table of DuckDB, which can go to the disk. */
const MOST_VALUES = 20_000

/** What a query gave. It stays the same whatever becomes of the tables that were read. */
export interface ResultRows {
  readonly names: readonly string[]
  readonly types: readonly DuckDBType[]
  readonly count: number
  /** The rows from a place on, in the order of the result. */
  page(start: number, size: number): Promise<readonly Row[]>
  /** Gives the memory back. Nobody may ask for a page any more. */
  drop(): Promise<void>
}

/** No rows. */
export function noRows(): ResultRows {
  return inMemory([], [], [])
}

function inMemory(names: readonly string[], types: readonly DuckDBType[], rows: readonly Row[]): ResultRows {
  return {
    names,
    types,
    count: rows.length,
    page: (start, size) => Promise.resolve(rows.slice(start, start + size)),
    drop: () => Promise.resolve(),
  }
}

/** Runs queries whose results are kept. */
export class ResultReader {
  readonly #connection: DuckDBConnection
  readonly #connect: () => Promise<DuckDBConnection>
  #next = 1

  /**
   * @param connection holds what is large
   * @param connect opens one more: a result that is read as it comes needs a connection for itself
   */
  constructor(connection: DuckDBConnection, connect: () => Promise<DuckDBConnection>) {
    this.#connection = connection
    this.#connect = connect
  }

  async run(sql: string): Promise<ResultRows> {
    const connection = await this.#connect()
    try {
      const result = await connection.stream(sql)
      const names = result.columnNames()
      const types = result.columnTypes()
      const most = Math.max(1, Math.floor(MOST_VALUES / types.length))
      const chunks: DuckDBDataChunk[] = []
      let count = 0
      for (let chunk = await result.fetchChunk(); chunk?.rowCount; chunk = await result.fetchChunk()) {
        chunks.push(chunk)
        count += chunk.rowCount
        if (count > most) return await this.#spill(sql, { names, types, chunks, result })
      }
      const rows = chunks.flatMap((chunk) => chunk.getRows().map((row) => withEmptyArrays(row, types)))
      return inMemory(names, types, rows)
    } finally {
      connection.closeSync()
    }
  }

  /** What came so far, and what is still to come, goes into a table: the query runs once. */
  async #spill(sql: string, { names, types, chunks, result }: Spilled): Promise<ResultRows> {
    const name = `result_${this.#next++}`
    const table = `temp.${name}`
    const columns = types.map((_, index) => `c${index}`).join(', ')
    await this.#connection.run(`CREATE TEMP TABLE ${table} (${columns}) AS ${sql} WITH NO DATA`)
    const drop = async () => {
      await this.#connection.run(`DROP TABLE IF EXISTS ${table}`)
    }
    let count = 0
    const appender = await this.#connection.createAppender(name, 'main', 'temp')
    try {
      const add = (chunk: DuckDBDataChunk) => {
        appender.appendDataChunk(chunk)
        count += chunk.rowCount
      }
      for (const chunk of chunks.splice(0)) add(chunk)
      for (let chunk = await result.fetchChunk(); chunk?.rowCount; chunk = await result.fetchChunk())
        add(chunk)
      appender.flushSync()
    } catch (error) {
      await drop()
      throw error
    } finally {
      appender.closeSync()
    }
    return {
      names,
      types,
      count,
      page: async (start, size) => {
        const where = `WHERE rowid >= ${start} AND rowid < ${start + size} ORDER BY rowid`
        const reader = await this.#connection.runAndReadAll(`SELECT * FROM ${table} ${where}`)
        return reader.getRows().map((row) => withEmptyArrays(row, types))
      },
      drop,
    }
  }
}

interface Spilled {
  readonly names: readonly string[]
  readonly types: readonly DuckDBType[]
  /** What is read of the result already. */
  readonly chunks: DuckDBDataChunk[]
  readonly result: DuckDBResult
}
