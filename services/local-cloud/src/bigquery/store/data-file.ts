import { availableParallelism } from 'node:os'
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api'
import { quoteText } from '../values/fields.ts'
import { halfOfMemory, memorySetting } from '../memory.ts'

export interface DataFile {
  /** A connection for which the file is where tables are. */
  connect(): Promise<DuckDBConnection>
  /** Has the allocators of the process, DuckDB's and C's, give the system back what they keep. */
  giveBack(): Promise<unknown>
  close(): void
}

/** No dataset has such a name: a name in SQL is never taken for the file. */
const NAME = '"the data file"'

// The least there is, for tables of thousands of columns: each begins with blocks of its own (256 KB by default)
const BLOCK_BYTES = 16_384

/**
 * Rows that are written together. At a checkpoint the last ones of a table are written anew until there are so many: of DuckDB's own
 * 122,880 that is a hundred thousand rows of each table, during which nobody else writes; of 16,384 still up to 400 ms of CPU for 16
 * tables of 14 columns, of 4096 about 110. Reading a column of a long table takes a third more CPU than with large groups.
 */
export const ROW_GROUP_ROWS = 4096

/**
 * So much is written between two checkpoints. With small groups a checkpoint takes a time by this alone: half a second at 128 MB. At
 * DuckDB's own 16 MB the groups that are not full would be written twice as often.
 */
const CHECKPOINT = '32MB'
// nobody writes during a checkpoint: without it one takes half the time, and the file twice the space
const SLOW_COMPRESSION = 'fsst'

// DuckDB's threads spin while they wait for each other: with one for each core a checkpoint took twice the CPU of one core less.
// That core is left to those who send rows meanwhile
const THREADS = Math.max(1, availableParallelism() - 1)

/**
 * What a query can reach is what is in the data file: no other file, no extension, no network. The rewriter lets none of it
 * through; this holds where the rewriter errs. (duckdb.org/docs: Securing DuckDB)
 */
const LOCKED = [
  'SET autoinstall_known_extensions = false',
  'SET autoload_known_extensions = false',
  'SET allow_community_extensions = false',
  'SET enable_external_access = false',
  // setting it has all memory given back that is free; there is no other statement that has
  "SET allowed_configs = ['memory_limit']",
  'SET lock_configuration = true',
]

/**
 * Opens the file, and makes it where there is none. How many rows are in a group is told to ATTACH alone: so it is no database of the
 * instance's own.
 *
 * @param path a file, or `:memory:`
 * @param memoryMb that DuckDB takes at most; absent: half of what there is
 */
export async function openDataFile(path: string, memoryMb = halfOfMemory()): Promise<DataFile> {
  const isFile = path !== ':memory:'
  const limit = memorySetting(memoryMb)
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: limit })
  const connection = await instance.connect()
  const settings = [
    `ATTACH ${quoteText(path)} AS ${NAME} (BLOCK_SIZE ${BLOCK_BYTES}, ROW_GROUP_SIZE ${ROW_GROUP_ROWS})`,
    ...(isFile ? [`SET temp_directory = ${quoteText(`${path}.tmp`)}`] : []),
    "SET GLOBAL TimeZone = 'UTC'",
    // BigQuery's order: NULL is smaller than every value
    "SET GLOBAL default_null_order = 'nulls_first_on_asc_last_on_desc'",
    `SET threads = ${THREADS}`,
    `SET checkpoint_threshold = '${CHECKPOINT}'`,
    `SET disabled_compression_methods = '${SLOW_COMPRESSION}'`,
    // after the data file is open, which these would refuse
    ...LOCKED,
  ]
  for (const setting of settings) await connection.run(setting)
  return {
    async connect() {
      const opened = await instance.connect()
      await opened.run(`USE ${NAME}`)
      return opened
    },
    giveBack: () => connection.run(`SET memory_limit = '${limit}'`),
    close: () => {
      connection.closeSync()
      instance.closeSync()
    },
  }
}
