import { DuckDBBlobValue, type DuckDBConnection } from '@duckdb/node-api'
import { defaultsOf, type Defaults } from '../values/default-values.ts'
import { BigQueryError } from '../errors.ts'
import type { Field } from '../values/fields.ts'
import { insertStatements, type InsertTarget } from '../table/insert-statements.ts'
import { lineOfJsonRow } from '../rows/json-rows.ts'
import { insertTarget, withColumns } from '../table/physical.ts'
import { RowError } from '../values/row-values.ts'
import type { Table } from '../table/table.ts'
import { noneBad, type BadRecords } from './bad-records.ts'
import type { FileRows, JsonRow } from './file-rows.ts'
import { compilePlain } from './plain-rows.ts'

/** Rows that one statement takes, and characters of them. */
const BATCH = 10_000
const BATCH_TEXT = 4 << 20

/**
 * Brings rows into a table. Only in a transaction. While DuckDB takes some, the next ones are read.
 *
 * @param bad gets those that do not fit
 * @returns how many there were @throws BigQueryError that names the row and the column, as `bad` has it
 */
export async function insertRows(
  connection: DuckDBConnection,
  table: Table,
  read: Pick<FileRows, 'rows' | 'rowOf'>,
  ignoreUnknown: boolean,
  bad: BadRecords = noneBad(),
): Promise<number> {
  const target = insertTarget(table)
  let count = 0
  let before: Promise<unknown> = Promise.resolve()
  try {
    for (const { lines, names } of batchesOf(table.fields, read, ignoreUnknown, bad)) {
      count += lines.length
      const bytes = Buffer.from(lines.join('\n'))
      await before
      before = append(connection, withColumns(target, names), bytes)
      // whoever waits for it hears of it
      before.catch(() => undefined)
    }
  } finally {
    // a transaction has no statement that runs when it ends
    await Promise.allSettled([before])
  }
  await before
  return count
}

async function append(connection: DuckDBConnection, target: InsertTarget, bytes: Buffer): Promise<void> {
  for (const sql of insertStatements(target, 'append')) {
    const statement = await connection.prepare(sql)
    try {
      statement.bind([new DuckDBBlobValue(bytes)])
      await statement.run()
    } finally {
      statement.destroySync()
    }
  }
}

interface Batch {
  readonly lines: readonly string[]
  /** The columns that they have. */
  readonly names: ReadonlySet<string>
}

function* batchesOf(
  fields: readonly Field[],
  { rows, rowOf }: Pick<FileRows, 'rows' | 'rowOf'>,
  ignoreUnknown: boolean,
  bad: BadRecords,
): Generator<Batch> {
  const defaults = defaultsOf(fields)
  const isPlain = rowOf && compilePlain(fields)
  const byName = new Map(fields.map(({ name }) => [name.toLowerCase(), name]))
  let lines: string[] = []
  let names = new Set<string>()
  let size = 0
  let index = 0
  let refused = 0
  for (const value of rows) {
    let line: string | undefined
    if (isPlain?.(value, names)) line = JSON.stringify(value)
    else {
      const row = rowOf ? rowOf(value) : value
      // records that were no rows are counted, where they were read until now
      const at = index + (Array.isArray(rows) ? 0 : bad.count - refused)
      line = bad.tried(() => lineOf(fields, row, at, ignoreUnknown, defaults))
      if (line === undefined) refused++
      if (line !== undefined)
        for (const key of Object.keys(row)) names.add(byName.get(key.toLowerCase()) ?? key)
    }
    index++
    if (line === undefined) continue
    lines.push(line)
    size += line.length
    if (lines.length < BATCH && size < BATCH_TEXT) continue
    yield { lines, names: withDefaults(names, defaults) }
    lines = []
    names = new Set()
    size = 0
  }
  if (lines.length > 0) yield { lines, names: withDefaults(names, defaults) }
}

const withDefaults = (names: ReadonlySet<string>, defaults: Defaults) =>
  new Set([...names, ...defaults.keys()])

function lineOf(
  fields: readonly Field[],
  row: JsonRow,
  index: number,
  ignoreUnknown: boolean,
  defaults: Defaults,
): string {
  try {
    return lineOfJsonRow(fields, row, ignoreUnknown, defaults)
  } catch (error) {
    if (!(error instanceof RowError)) throw error
    const message = `Error while reading data, error message: row ${index + 1}: ${error.message}`
    throw new BigQueryError('invalid', message, { cause: error, location: error.location })
  }
}
