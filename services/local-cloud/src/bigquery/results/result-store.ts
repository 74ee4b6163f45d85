import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  DuckDBInstance,
  type DuckDBConnection,
  type DuckDBDataChunk,
  type DuckDBType,
} from '@duckdb/node-api'
import type { DuckDBValue } from '@duckdb/node-api'
import { Garbage } from './garbage.ts'
import { memorySetting } from '../memory.ts'
import { UnderWay } from '../under-way.ts'

/** MB that results take in memory, all together: the rest of them is on the disk. */
const MEMORY_MB = 32
/** KB more for each column of a result: while it is filled, each holds some blocks. */
const COLUMN_KB = 128
/** Chunks of rows, of 2,048 each, that may be dead and not freed yet. */
const DEAD_CHUNKS = 64
// as the tables', whose columns may be thousands
const BLOCK_BYTES = '16384'

/** Rows of a result that are kept. */
export interface KeptRows {
  readonly count: number
  page(start: number, size: number): Promise<readonly (readonly DuckDBValue[])[]>
  drop(): Promise<void>
}

/**
 * Large results, in a database of their own on the disk: so they take little memory, however much the tables may have of it.
 * There is one as long as there are results; nothing of it outlives the process.
 */
export class ResultStore {
  readonly #folder: string | undefined
  #open: Promise<Opened> | undefined
  readonly #garbage = new Garbage()
  #kept = 0
  #next = 1
  #memoryMb = MEMORY_MB

  /** @param folder for the database alone; absent: a temporary one */
  constructor(folder?: string) {
    this.#folder = folder
    // what a process left that was killed
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  }

  /** Keeps rows as they come. @throws whatever they fail with: then nothing of them is kept */
  async keep(types: readonly DuckDBType[], chunks: AsyncIterable<DuckDBDataChunk>): Promise<KeptRows> {
    this.#kept++
    const table = `result_${this.#next++}`
    try {
      const { instance, reader, underWay } = await (this.#open ??= open(this.#folder))
      const count = await underWay.run(async () => {
        await this.#makeRoom(reader, types.length)
        return fill(await instance.connect(), table, types, this.#freed(chunks))
      })
      let isDropped = false
      return {
        count,
        page: (start, size) =>
          underWay.run(async () => {
            this.#garbage.collectIfGrown()
            // its one thread reads rows in their order; sorting them takes longer than all else where columns are thousands
            const where = `WHERE rowid >= ${start} AND rowid < ${start + size}`
            return (await reader.runAndReadAll(`SELECT * FROM ${table} ${where}`)).getRows()
          }),
        drop: async () => {
          if (isDropped) return
          isDropped = true
          await underWay.run(() => reader.run(`DROP TABLE ${table}`))
          await this.#release()
        },
      }
    } catch (error) {
      await this.#release()
      throw error
    }
  }

  /** The same chunks; those that were handed on are freed as they come. */
  async *#freed(chunks: AsyncIterable<DuckDBDataChunk>): AsyncGenerator<DuckDBDataChunk> {
    let dead = 0
    for await (const chunk of chunks) {
      yield chunk
      if (++dead % DEAD_CHUNKS === 0) await this.#garbage.collectYoung()
    }
  }

  /** Ends when pages that are being read have been read. */
  async close(): Promise<void> {
    this.#kept = 0
    await this.#end()
  }

  /** Of the widest result. It is not made less before the database ends: pages of it are read, too. */
  async #makeRoom(connection: DuckDBConnection, columns: number): Promise<void> {
    const wanted = MEMORY_MB + Math.ceil((columns * COLUMN_KB) / 1024)
    if (wanted <= this.#memoryMb) return
    this.#memoryMb = wanted
    await connection.run(`SET memory_limit = '${memorySetting(wanted)}'`)
  }

  async #release(): Promise<void> {
    this.#kept--
    if (this.#kept === 0) await this.#end()
  }

  async #end(): Promise<void> {
    const opened = this.#open
    this.#open = undefined
    this.#memoryMb = MEMORY_MB
    // one that could not be opened has said so to whom it was opened for
    const found = await opened?.catch(() => undefined)
    await found?.close()
  }
}

interface Opened {
  readonly instance: DuckDBInstance
  readonly reader: DuckDBConnection
  /** What runs statements. */
  readonly underWay: UnderWay
  close(): Promise<void>
}

/** Each database has a folder of its own: one may still be on its way out when the next one opens. */
async function open(parent: string | undefined): Promise<Opened> {
  if (parent !== undefined) mkdirSync(parent, { recursive: true })
  const folder = mkdtempSync(join(parent ?? tmpdir(), 'local-cloud-results-'))
  const instance = await DuckDBInstance.create(join(folder, 'results.duckdb'), {
    default_block_size: BLOCK_BYTES,
    memory_limit: memorySetting(MEMORY_MB),
    threads: '1',
    // what is dropped leaves its place to others at once
    checkpoint_threshold: '1KB',
  })
  const reader = await instance.connect()
  const underWay = new UnderWay()
  return {
    instance,
    reader,
    underWay,
    close: async () => {
      await underWay.close()
      reader.closeSync()
      instance.closeSync()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** @returns how many rows */
async function fill(
  connection: DuckDBConnection,
  table: string,
  types: readonly DuckDBType[],
  chunks: AsyncIterable<DuckDBDataChunk>,
): Promise<number> {
  try {
    // a connection that ends within a transaction takes everything back
    await connection.run('BEGIN')
    await connection.run(
      `CREATE TABLE ${table} (${types.map((type, n) => `c${n} ${String(type)}`).join(', ')})`,
    )
    const appender = await connection.createAppender(table)
    let count = 0
    try {
      for await (const chunk of chunks) {
        appender.appendDataChunk(chunk)
        count += chunk.rowCount
      }
      appender.flushSync()
    } finally {
      appender.closeSync()
    }
    await connection.run('COMMIT')
    return count
  } finally {
    connection.closeSync()
  }
}
