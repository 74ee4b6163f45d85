import type { Field } from '../values/fields.ts'
import { splitLines } from './split-lines.ts'

/** How rows get into a table: lines of JSON that DuckDB's from_json reads. */
export interface InsertTarget {
  /** Of the table: one that is dropped and made anew has another. */
  readonly incarnation: string
  /** `"project:dataset"."table"`, quoted. */
  readonly table: string
  readonly fields: readonly Field[]
  readonly columns: string
  /** The columns' values, from `line`, a value of the structure. */
  readonly values: string
  /** from_json's structure, as JSON text. */
  readonly structure: string
  /** The same in parts, which follow each other: what `values` says of all columns, each says of some, from `line0`, `line1`, … */
  readonly parts: readonly InsertPart[]
  /** Of a table that is partitioned by ingestion time: in which partition rows are that come now, as a TIMESTAMP. */
  readonly partition?: (now: number) => string
  /** Columns of the primary key, quoted; none where the table has no key. */
  readonly key: readonly string[]
  /** The names of the columns by those that the lines have, where they are others. */
  readonly renamed?: ReadonlyMap<string, string>
}

/** Some of the columns. */
export interface InsertPart {
  readonly structure: string
  readonly values: string
  /** As the lines have them. */
  readonly names: readonly string[]
}

/** What becomes of columns' names; undefined: the column is dropped. Those that are not here keep theirs. */
export type NewNames = ReadonlyMap<string, string | undefined>

/** A table changes its columns. */
export interface ColumnsChange {
  readonly before: InsertTarget
  readonly after: InsertTarget
  readonly names: NewNames
  /** What is left of how it was, for FOR SYSTEM_TIME AS OF. */
  readonly kept: 'rows' | 'copy' | 'nothing'
}

/**
 * `append`: each line is a row. `change`: each line is `{"change": "UPSERT" or "DELETE", "sequence": "…", "row": {…}}`, and takes the
 * place of the row with the same key, unless that one came with a larger sequence; of those with one sequence the last one counts.
 * `keep`: each line is kept as it is in the table's one column, `line`, until it is known whether its row is to be.
 */
export type InsertMode = 'append' | 'change' | 'keep'

/** How rows come in. */
export interface InsertOptions {
  /** `append` if nothing is said. */
  readonly mode?: InsertMode
  /** The write stream that they came by. */
  readonly stream?: string
  /** Whether statements may change them while they are in the streaming buffer; they may, if nothing is said. */
  readonly mayChange?: boolean
  /** In which partition they are, as `partition` of the target says it; that one's, if nothing is said. */
  readonly partition?: InsertTarget['partition']
}

// bytes and no text: Node would make a text of them, and DuckDB bytes of the text
const linesOf = (parameter: number) => `string_split(decode($${parameter}), chr(10))`
const LINES = linesOf(1)

/** The parameters of each of these statements. @param lines bytes of UTF-8 */
export function insertParameters(
  { parts }: InsertTarget,
  mode: InsertMode,
  lines: Buffer,
): readonly Buffer[] {
  return mode === 'append' && parts.length > 1
    ? splitLines(
        lines,
        parts.map(({ names }) => names),
      )
    : [lines]
}

/** The statements that bring lines, `insertParameters`, into the table, in this order. */
export function insertStatements(target: InsertTarget, mode: InsertMode): string[] {
  const { table, columns, values, structure, key } = target
  if (mode === 'append') return [appendSplit(target)]
  // what DuckDB cannot read is told now
  if (mode === 'keep') return [`INSERT INTO ${table} (line) SELECT CAST(unnest(${LINES}) AS JSON)`]
  const changed = textOf(`{"change":"VARCHAR","sequence":"VARCHAR","row":${structure}}`)
  const keys = key.map((name) => `line.${name}`).join(', ')
  const keyText = `to_json([${key.map((name) => `CAST(line.${name} AS VARCHAR)`).join(', ')}])::VARCHAR`
  const rows = `SELECT item.change AS change, item.sequence AS sequence, item.row AS line, place FROM (
      SELECT from_json(unnest(lines), ${changed}) AS item, generate_subscripts(lines, 1) AS place
      FROM (SELECT ${LINES} AS lines))`
  const ranked = `SELECT change, sequence, line, ${keyText} AS key_text,
      row_number() OVER (PARTITION BY ${keys} ORDER BY sequence DESC, place DESC) AS age FROM (${rows})`
  const newest = `SELECT ranked.* FROM (${ranked}) AS ranked
      LEFT JOIN local_cloud.changes AS before ON before.table_name = ${textOf(table)} AND before.key_text = ranked.key_text
      WHERE age = 1 AND (before.sequence IS NULL OR ranked.sequence >= before.sequence)`
  return [
    `DELETE FROM ${table} WHERE (${key.join(', ')}) IN (SELECT (${keys}) FROM (${newest}))`,
    `INSERT INTO ${table} (${columns}) SELECT ${values} FROM (${newest}) WHERE change = 'UPSERT'`,
    // of deleted rows, too: a change that is older than the DELETE brings nothing back
    `INSERT OR REPLACE INTO local_cloud.changes
      SELECT ${textOf(table)}, key_text, sequence FROM (${newest}) WHERE sequence <> ''`,
  ]
}

/**
 * Each part has lines of its own. Were they the whole lines, DuckDB would read and keep all of each line for every part: sixty lines of
 * 9,000 columns took four gigabytes.
 */
function appendSplit(target: InsertTarget): string {
  if (target.parts.length <= 1) return appendStatement(target, `SELECT unnest(${LINES}) AS text`)
  const texts = target.parts.map((_, index) => `unnest(${linesOf(index + 1)}) AS text${index}`)
  return appendStatement(target, `SELECT ${texts.join(', ')}`, (index) => `text${index}`)
}

/** Makes rows of lines. @param source a query with one column, `text`, or one for each part, which `text` names */
export function appendStatement(
  { table, columns, parts }: InsertTarget,
  source: string,
  text = (_part: number): string => 'text',
): string {
  const structs = parts.map(
    (part, index) => `from_json(${text(index)}, ${textOf(part.structure)}) AS line${index}`,
  )
  const all = parts.map((part) => part.values).join(', ')
  return `INSERT INTO ${table} (${columns}) SELECT ${all} FROM (SELECT ${structs.join(', ')} FROM (${source}))`
}

function textOf(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}
