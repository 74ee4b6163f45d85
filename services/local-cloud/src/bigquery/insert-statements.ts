/** How rows get into a table: lines of JSON that DuckDB's from_json reads. */
export interface InsertTarget {
  /** Of the table: one that is dropped and made anew has another. */
  readonly incarnation: string
  /** `"project:dataset"."table"`, quoted. */
  readonly table: string
  readonly columns: string
  /** The columns' values, from `line`, a value of the structure. */
  readonly values: string
  /** from_json's structure, as JSON text. */
  readonly structure: string
  /** The same in parts, which follow each other: what `values` says of all columns, each says of some, from `line0`, `line1`, … */
  readonly parts: readonly { readonly structure: string; readonly values: string }[]
  /** Columns of the primary key, quoted; none where the table has no key. */
  readonly key: readonly string[]
}

/**
 * `append`: each line is a row. `change`: each line is `{"change": "UPSERT" or "DELETE", "row": {…}}`, and takes the place of
 * the row with the same key; the last one of a key counts.
 */
export type InsertMode = 'append' | 'change'

const LINES = 'string_split($1, chr(10))'

/** The statements that bring lines, their one parameter, into the table, in this order. */
export function insertStatements(target: InsertTarget, mode: InsertMode): string[] {
  const { table, columns, values, structure, parts, key } = target
  if (mode === 'append') {
    const structs = parts.map((part, index) => `from_json(text, ${textOf(part.structure)}) AS line${index}`)
    const lines = `SELECT ${structs.join(', ')} FROM (SELECT unnest(${LINES}) AS text)`
    const all = parts.map((part) => part.values).join(', ')
    return [`INSERT INTO ${table} (${columns}) SELECT ${all} FROM (${lines})`]
  }
  const changed = textOf(`{"change":"VARCHAR","row":${structure}}`)
  const keys = key.map((name) => `line.${name}`).join(', ')
  const rows = `SELECT item.change AS change, item.row AS line, place FROM (
      SELECT from_json(unnest(lines), ${changed}) AS item, generate_subscripts(lines, 1) AS place
      FROM (SELECT ${LINES} AS lines))`
  const newest = `SELECT change, line, row_number() OVER (PARTITION BY ${keys} ORDER BY place DESC) AS age FROM (${rows})`
  return [
    `DELETE FROM ${table} WHERE (${key.join(', ')}) IN (SELECT (${keys}) FROM (${rows}))`,
    `INSERT INTO ${table} (${columns}) SELECT ${values} FROM (${newest}) WHERE age = 1 AND change = 'UPSERT'`,
  ]
}

function textOf(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}
