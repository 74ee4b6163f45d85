import { duckDbType, quote, type Field } from '../values/fields.ts'

/** The rows of a table as they were, in a table of DuckDB's that nobody changes. */
export interface TableCopy {
  /** DuckDB's name of it. */
  readonly name: string
  /** What its rows are selected from, with the columns of the table. */
  readonly rows: string
  /** How many values it has. */
  readonly values: number
}

/** From so many columns on, and up to so many rows, the columns of one type are kept as a list. */
const MANY_COLUMNS = 500
const FEW_ROWS = 2048

/**
 * A copy that is to be made. DuckDB has room for 2,048 values of each column, however few rows there are: of 9,000 columns that is 200 MB,
 * and a checkpoint writes some kilobytes of each. In lists sixty such rows take three.
 *
 * @param from DuckDB's name of the table
 * @param rows how many it has
 * @returns `create`, the statement that makes it
 */
export function copyOf(
  name: string,
  from: string,
  fields: readonly Field[],
  rows: number,
): TableCopy & { readonly create: string } {
  const values = rows * fields.length
  const columns = fields.map((field) => quote(field.name)).join(', ')
  if (fields.length < MANY_COLUMNS || rows > FEW_ROWS)
    return { name, values, rows: name, create: `CREATE TABLE ${name} AS SELECT ${columns} FROM ${from}` }
  const lists = [...Map.groupBy(fields, duckDbType).values()]
  const packed = lists.map(
    (list, index) => `[${list.map((field) => quote(field.name)).join(', ')}] AS list${index}`,
  )
  const places = new Map(
    lists.flatMap((list, index) => list.map((field, at) => [field, `list${index}[${at + 1}]`] as const)),
  )
  const unpacked = fields.map((field) => `${places.get(field)!} AS ${quote(field.name)}`)
  return {
    name,
    values,
    rows: `(SELECT ${unpacked.join(', ')} FROM ${name})`,
    create: `CREATE TABLE ${name} AS SELECT ${packed.join(', ')} FROM ${from}`,
  }
}
