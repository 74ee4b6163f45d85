import type { DuckDBConnection, DuckDBResultReader, DuckDBType, DuckDBValue } from '@duckdb/node-api'
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
  #next = 1

  constructor(connection: DuckDBConnection) {
    this.#connection = connection
  }

  async run(sql: string): Promise<ResultRows> {
    const result = await this.#connection.run(sql)
    const names = result.columnNames()
    const types = result.columnTypes()
    const most = Math.max(1, Math.floor(MOST_VALUES / types.length))
    const rows: Row[] = []
    for (let chunk = await result.fetchChunk(); chunk?.rowCount; chunk = await result.fetchChunk()) {
      if (rows.length + chunk.rowCount > most) return this.#spill(sql, names, types)
      for (const row of chunk.getRows()) rows.push(withEmptyArrays(row, types))
    }
    return inMemory(names, types, rows)
  }

  /** The query runs once more: only then is it known that its result is large. */
  async #spill(sql: string, names: readonly string[], types: readonly DuckDBType[]): Promise<ResultRows> {
    const table = `temp.result_${this.#next++}`
    const columns = types.map((_, index) => `c${index}`).join(', ')
    await this.#connection.run(`CREATE TEMP TABLE ${table} (${columns}) AS ${sql}`)
    const counted = await this.#read(`SELECT count(*) FROM ${table}`)
    return {
      names,
      types,
      count: Number(counted.getRows()[0]![0]),
      page: async (start, size) => {
        const where = `WHERE rowid >= ${start} AND rowid < ${start + size} ORDER BY rowid`
        const reader = await this.#read(`SELECT * FROM ${table} ${where}`)
        return reader.getRows().map((row) => withEmptyArrays(row, types))
      },
      drop: async () => {
        await this.#connection.run(`DROP TABLE IF EXISTS ${table}`)
      },
    }
  }

  #read(sql: string): Promise<DuckDBResultReader> {
    return this.#connection.runAndReadAll(sql)
  }
}
