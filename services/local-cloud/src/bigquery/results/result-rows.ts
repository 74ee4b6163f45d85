import type {
  DuckDBConnection,
  DuckDBDataChunk,
  DuckDBResult,
  DuckDBType,
  DuckDBValue,
} from '@duckdb/node-api'
import { withEmptyArrays } from '../values/cells.ts'
import type { GrownMemory } from './grown-memory.ts'
import type { ResultStore } from './result-store.ts'

type Row = readonly DuckDBValue[]

/** So many values of a result stay in JavaScript's heap; what is larger goes to the disk. */
const MOST_VALUES = 20_000
/** From so many columns on a result of few rows stays there, too: DuckDB takes seconds to keep it, and room for 2,048 rows. */
const MANY_COLUMNS = 500
/** Values of all those results together, about a hundred bytes each. */
const MOST_WIDE_VALUES = 1_000_000

/** What a query gave. It stays the same whatever becomes of the tables that were read. */
export interface ResultRows {
  readonly names: readonly string[]
  readonly types: readonly DuckDBType[]
  readonly count: number
  /** The rows from a place on, in the order of the result. */
  page(start: number, size: number): Promise<readonly Row[]>
  /** Somebody else reads them, too, and will drop them. */
  hold(): void
  /** Gives the memory back once everybody who holds them has said so. Nobody may ask for a page any more. */
  drop(): Promise<void>
}

/** Some of the columns of rows. */
export function withColumns(rows: ResultRows, columns: readonly number[]): ResultRows {
  if (columns.length === rows.types.length && columns.every((column, index) => column === index)) return rows
  return {
    ...rows,
    names: columns.map((column) => rows.names[column]!),
    types: columns.map((column) => rows.types[column]!),
    page: async (start, size) =>
      (await rows.page(start, size)).map((row) => columns.map((column) => row[column]!)),
  }
}

/** No rows. */
export function noRows(): ResultRows {
  return inMemory([], [], [])
}

/** @param dropped called once nobody holds them */
function inMemory(
  names: readonly string[],
  types: readonly DuckDBType[],
  rows: readonly Row[],
  dropped = () => {},
): ResultRows {
  let holders = 1
  return {
    names,
    types,
    count: rows.length,
    page: (start, size) => Promise.resolve(rows.slice(start, start + size)),
    hold: () => {
      holders++
    },
    drop: () => {
      if (--holders === 0) dropped()
      return Promise.resolve()
    },
  }
}

/** Runs queries whose results are kept. */
export class ResultReader {
  readonly #connect: () => Promise<DuckDBConnection>
  readonly #large: ResultStore
  readonly #memory: GrownMemory
  /** Values of wide results in memory. */
  #wideValues = 0

  /**
   * @param connect opens a connection: a result that is read as it comes needs one for itself
   * @param large where results are kept that are large
   * @param memory is given back behind large queries
   */
  constructor(connect: () => Promise<DuckDBConnection>, large: ResultStore, memory: GrownMemory) {
    this.#connect = connect
    this.#large = large
    this.#memory = memory
  }

  /**
   * @param signal ends it
   * @param own the connection of a transaction, which stays open: the query is at its end before another one runs on it
   * @throws the signal's reason
   */
  async run(sql: string, signal?: AbortSignal, own?: DuckDBConnection): Promise<ResultRows> {
    const connection = own ?? (await this.#connect())
    let isLarge = false
    let isWide = false
    let isRead = false
    let result: DuckDBResult | undefined
    const stop = () => connection.interrupt()
    signal?.addEventListener('abort', stop)
    try {
      signal?.throwIfAborted()
      result = await (own ? own.run(sql) : connection.stream(sql))
      const names = result.columnNames()
      const types = result.columnTypes()
      isWide = types.length >= MANY_COLUMNS
      const room = isWide ? Math.max(MOST_VALUES, MOST_WIDE_VALUES - this.#wideValues) : MOST_VALUES
      const most = Math.max(1, Math.floor(room / types.length))
      const chunks: DuckDBDataChunk[] = []
      let count = 0
      for (let chunk = await result.fetchChunk(); chunk?.rowCount; chunk = await result.fetchChunk()) {
        signal?.throwIfAborted()
        chunks.push(chunk)
        count += chunk.rowCount
        isLarge = count > most
        if (isLarge) {
          const kept = await this.#keep(names, types, allOf(chunks, result, signal))
          isRead = true
          return kept
        }
      }
      isRead = true
      const rows = chunks.flatMap((chunk) => chunk.getRows().map((row) => withEmptyArrays(row, types)))
      return isWide ? this.#wide(names, types, rows) : inMemory(names, types, rows)
    } catch (error) {
      signal?.throwIfAborted()
      throw error
    } finally {
      signal?.removeEventListener('abort', stop)
      if (!own) {
        if (result && !isRead) await endStream(connection, result)
        connection.closeSync()
      }
      await this.#memory.giveBackIfGrown()
    }
  }

  #wide(names: readonly string[], types: readonly DuckDBType[], rows: readonly Row[]): ResultRows {
    const values = rows.length * types.length
    this.#wideValues += values
    return inMemory(names, types, rows, () => {
      this.#wideValues -= values
    })
  }

  /** What came so far, and what is still to come: the query runs once. */
  async #keep(
    names: readonly string[],
    types: readonly DuckDBType[],
    chunks: AsyncIterable<DuckDBDataChunk>,
  ): Promise<ResultRows> {
    const kept = await this.#large.keep(types, chunks)
    let holders = 1
    return {
      names,
      types,
      count: kept.count,
      page: async (start, size) => (await kept.page(start, size)).map((row) => withEmptyArrays(row, types)),
      hold: () => {
        holders++
      },
      drop: async () => {
        if (--holders === 0) await kept.drop()
      },
    }
  }
}

/**
 * A result that is not read to its end keeps its transaction, also when its connection is closed, and with it checkpoints from being made
 * and the process from its end: what is left is read, which is an error soon.
 */
async function endStream(connection: DuckDBConnection, result: DuckDBResult): Promise<void> {
  connection.interrupt()
  try {
    while ((await result.fetchChunk())?.rowCount);
  } catch {
    // that it was interrupted, as asked; or what it had failed with before
  }
}

async function* allOf(
  chunks: DuckDBDataChunk[],
  result: DuckDBResult,
  signal: AbortSignal | undefined,
): AsyncGenerator<DuckDBDataChunk> {
  for (let chunk = chunks.shift(); chunk; chunk = chunks.shift()) yield chunk
  for (let chunk = await result.fetchChunk(); chunk?.rowCount; chunk = await result.fetchChunk()) {
    signal?.throwIfAborted()
    yield chunk
  }
}
