import type { DuckDBConnection } from '@duckdb/node-api'
import { defaultsOf, type Defaults } from '../values/default-values.ts'
import { BigQueryError } from '../errors.ts'
import type { Field } from '../values/fields.ts'
import { appendLines } from '../table/append-lines.ts'
import { lineOfJsonRow } from '../rows/json-rows.ts'
import { insertTarget, withColumns } from '../table/physical.ts'
import { RowError } from '../values/row-values.ts'
import type { Table } from '../table/table.ts'
import { noneBad, type BadRecords } from './bad-records.ts'
import type { FileRows, JsonRow } from './file-rows.ts'
import { LineScan, PlainLines } from './plain-lines.ts'
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
  read: RowsOf,
  ignoreUnknown: boolean,
  bad: BadRecords = noneBad(),
): Promise<number> {
  const target = insertTarget(table)
  let count = 0
  let before: Promise<unknown> = Promise.resolve()
  try {
    for (const { lines, names } of batchesOf(table.fields, read, ignoreUnknown, bad)) {
      count += lines.count
      const bytes = lines.take()
      await before
      before = appendLines(connection, withColumns(target, names), bytes)
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

type RowsOf = Pick<FileRows, 'rows' | 'rowOf' | 'scanned'>

interface Batch {
  readonly lines: Gathered
  /** The columns that they have. */
  readonly names: ReadonlySet<string>
}

/** Lines of a statement. */
class Gathered {
  count = 0
  size = 0
  readonly #pieces: Buffer[] = []
  #texts: string[] = []

  add(text: string): void {
    this.#texts.push(text)
    this.count++
    this.size += text.length
  }

  addPlain({ bytes, count }: PlainLines): void {
    this.#endTexts()
    this.#pieces.push(bytes)
    this.count += count
    this.size += bytes.length
  }

  get isFull(): boolean {
    return this.count >= BATCH || this.size >= BATCH_TEXT
  }

  /** All of them, with a line break between them. */
  take(): Buffer {
    this.#endTexts()
    const [first, ...others] = this.#pieces
    return Buffer.concat([first!, ...others.flatMap((bytes) => [LINE_BREAK, bytes])])
  }

  #endTexts(): void {
    if (this.#texts.length > 0) this.#pieces.push(Buffer.from(this.#texts.join('\n')))
    this.#texts = []
  }
}

const LINE_BREAK = Buffer.from('\n')

function* batchesOf(
  fields: readonly Field[],
  { rows, rowOf, scanned }: RowsOf,
  ignoreUnknown: boolean,
  bad: BadRecords,
): Generator<Batch> {
  const defaults = defaultsOf(fields)
  const isPlain = rowOf && compilePlain(fields)
  const byName = new Map(fields.map(({ name }) => [name.toLowerCase(), name]))
  let lines = new Gathered()
  let names = new Set<string>()
  let index = 0
  let refused = 0
  const scan = isPlain && new LineScan(fields)
  for (const value of (scan && scanned?.(scan)) ?? rows) {
    if (value instanceof PlainLines) {
      lines.addPlain(value)
      for (const name of value.names) names.add(name)
      index += value.count
    } else {
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
      lines.add(line)
    }
    if (!lines.isFull) continue
    yield { lines, names: withDefaults(names, defaults) }
    lines = new Gathered()
    names = new Set()
  }
  if (lines.count > 0) yield { lines, names: withDefaults(names, defaults) }
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
