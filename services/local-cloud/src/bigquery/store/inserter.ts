import { isUtf8 } from 'node:buffer'
import { DuckDBBlobValue, type DuckDBConnection, type DuckDBPreparedStatement } from '@duckdb/node-api'
import {
  insertParameters,
  insertStatements,
  type InsertMode,
  type InsertTarget,
} from '../table/insert-statements.ts'
import type { Lines } from '../table/line-writer.ts'
import type { PendingRows } from './pending-rows.ts'
import { narrowed } from '../table/physical.ts'

/** What one statement takes: making the text of more would keep everybody waiting. */
const MOST_ROWS = 20_000
const MOST_BYTES = 1 << 20
/** Preparing costs about a millisecond; each prepared statement holds memory. */
const MOST_STATEMENTS = 200
/** Of all those statements: one of 9,000 columns holds about 20 MB, and rows of very many columns may each have others. */
const MOST_COLUMNS = 20_000

interface Prepared {
  readonly statements: readonly DuckDBPreparedStatement[]
  readonly columns: number
}

const LINE_BREAK = Buffer.from('\n')

/** Brings lines of JSON into tables, with prepared statements. */
export class Inserter {
  readonly #writer: DuckDBConnection
  readonly #prepared = new Map<string, Prepared>()
  #columns = 0

  constructor(writer: DuckDBConnection) {
    this.#writer = writer
  }

  /** Rows of one table, in their order. */
  async insert(rows: readonly PendingRows[]): Promise<void> {
    for (let at = 0; at < rows.length;) {
      const { target, mode } = rows[at]!
      const some: Lines[] = []
      let bytes = 0
      for (let count = 0; at < rows.length && count < MOST_ROWS && bytes < MOST_BYTES; at++) {
        const next = rows[at]!
        if (next.target !== target || next.mode !== mode) break
        some.push(next.lines)
        count += next.lines.count
        bytes += next.lines.bytes.length
      }
      await this.insertLines(target, mode, some)
    }
  }

  async insertLines(target: InsertTarget, mode: InsertMode, lines: readonly Lines[]): Promise<void> {
    const own = mode === 'append' ? narrowed(target, lines) : target
    const statements = await this.#statementsFor(own, mode)
    const parameters = insertParameters(own, mode, together(lines)).map((part) => new DuckDBBlobValue(part))
    for (const statement of statements) {
      statement.bind(parameters)
      await statement.run()
    }
  }

  /** A table was dropped or changed its columns: statements made for it are void. */
  forget(table: string): void {
    for (const key of this.#prepared.keys().toArray()) if (key.startsWith(`${table}\n`)) this.#drop(key)
  }

  close(): void {
    for (const key of this.#prepared.keys().toArray()) this.#drop(key)
  }

  async #statementsFor(target: InsertTarget, mode: InsertMode): Promise<readonly DuckDBPreparedStatement[]> {
    const { table, columns, structure, key: primaryKey } = target
    const key = [table, columns, structure, mode, ...primaryKey].join('\n')
    const found = this.#prepared.get(key)
    if (found) return found.statements
    const { length } = target.fields
    while (
      this.#prepared.size > 0 &&
      (this.#prepared.size >= MOST_STATEMENTS || this.#columns + length > MOST_COLUMNS)
    )
      this.#drop(this.#prepared.keys().next().value!)
    const statements: DuckDBPreparedStatement[] = []
    for (const sql of insertStatements(target, mode)) statements.push(await this.#writer.prepare(sql))
    this.#prepared.set(key, { statements, columns: length })
    this.#columns += length
    return statements
  }

  #drop(key: string): void {
    const { statements, columns } = this.#prepared.get(key)!
    for (const statement of statements) statement.destroySync()
    this.#prepared.delete(key)
    this.#columns -= columns
  }
}

/** All lines in UTF-8: DuckDB refuses other bytes, and a row that was accepted is to have a place. */
function together(lines: readonly Lines[]): Buffer {
  const pieces = lines.flatMap(({ bytes }, index) => (index === 0 ? [bytes] : [LINE_BREAK, bytes]))
  const bytes = Buffer.concat(pieces)
  return isUtf8(bytes) ? bytes : Buffer.from(bytes.toString('utf8'))
}
