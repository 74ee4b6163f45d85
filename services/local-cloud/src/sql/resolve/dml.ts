import { quote, quoteText, type Field } from '../../bigquery/fields.ts'
import { notImplemented } from '../../bigquery/errors.ts'
import { fail } from '../duck/fail.ts'
import type { Assignment, Statement } from '../tree/tree.ts'
import { coerce, distance } from './coerce.ts'
import { conditionOf } from './conditions.ts'
import { mergeOf } from './merge.ts'
import { NOTHING, type Context, type Resolved, type Scope, type Typed } from './scope.ts'
import { duckDb, spelling, typeOfField } from './sql-type.ts'

/** The table that a statement changes. */
export interface TargetTable {
  /** DuckDB's name for it. */
  readonly sql: string
  readonly name: string
  readonly fields: readonly Field[]
}

/** SQL that changes a table. */
export interface Change {
  readonly sql: string
  /** SQL that gives a row where a row of the target has several of the source: BigQuery takes none of them. */
  readonly ambiguous?: string
}

export function changeOf(
  context: Context,
  node: Exclude<Statement, { kind: 'SELECT' }>,
  table: TargetTable,
): Change {
  if (node.kind === 'INSERT') return { sql: insertOf(context, node, table) }
  const alias = context.unique()
  const columns = table.fields.map((field) => ({
    name: field.name,
    sql: `${alias}.${quote(field.name)}`,
    type: typeOfField(field),
  }))
  const name = node.target.alias ?? table.name
  const own: Scope = { sources: [{ name, columns }], columns, outer: undefined }
  const target = `${table.sql} AS ${alias}`
  if (node.kind === 'DELETE')
    return {
      sql: `DELETE FROM ${target} WHERE ${conditionOf(context, node.where, { ...own, noAggregates: 'WHERE clause' }, 'WHERE clause')}`,
    }
  if (node.kind === 'MERGE') return mergeOf(context, node, { table, alias, own })
  const from = node.from && context.from(node.from, undefined)
  const scope: Scope = from
    ? {
        sources: [...own.sources, ...from.scope.sources],
        columns: [...columns, ...from.scope.columns],
        outer: undefined,
      }
    : own
  const sets = assignmentsOf(context, node.sets, table, scope)
  const where = conditionOf(context, node.where, { ...scope, noAggregates: 'WHERE clause' }, 'WHERE clause')
  if (!from) return { sql: `UPDATE ${target} SET ${sets} WHERE ${where}` }
  return {
    sql: `UPDATE ${target} SET ${sets} FROM ${from.sql} WHERE ${where}`,
    ambiguous: `SELECT 1 FROM ${target}, ${from.sql} WHERE ${where} GROUP BY ${alias}.rowid HAVING count(*) > 1 LIMIT 1`,
  }
}

/** `a = 1, b = DEFAULT` */
export function assignmentsOf(
  context: Context,
  sets: readonly Assignment[],
  table: TargetTable,
  scope: Scope,
): string {
  const twice = sets.find(({ path }, index) =>
    sets.slice(0, index).some((other) => other.path.names[0]!.toLowerCase() === path.names[0]!.toLowerCase()),
  )
  if (twice)
    return context.fail(`Update item ${twice.path.names.join('.')} assigned more than once`, twice.path.at)
  const made = sets.map(({ path, to }) => {
    if (path.names.length > 1) throw notImplemented('UPDATE of a field of a STRUCT')
    const field = fieldNamed(context, table, path.names[0]!, path.at)
    const value = to
      ? assigned(context, context.expression(to, scope), field, path.at)
      : defaultFor(context, field, path.at)
    return `${quote(field.name)} = ${value}`
  })
  return made.join(', ')
}

function insertOf(context: Context, node: Statement & { kind: 'INSERT' }, table: TargetTable): string {
  const { at } = node.target
  const fields = insertedFields(context, node.columns, table, at)
  const check = (count: number) => {
    if (count !== fields.length)
      context.fail(`Inserted row has wrong column count; Has ${count}, expected ${fields.length}`, at)
  }
  const list = fields.map(({ name }) => quote(name)).join(', ')
  if (node.query) {
    const { sql, columns } = context.query(node.query, undefined)
    check(columns.length)
    const values = columns.map(({ sqlName, type }, index) =>
      assigned(context, { sql: `part.${quote(sqlName)}`, type }, fields[index]!, at),
    )
    return `INSERT INTO ${table.sql} (${list}) SELECT ${values.join(', ')} FROM (${sql}) AS part`
  }
  const rows = node.rows.map((row) => {
    check(row.length)
    const values = row.map((item, index) => {
      if (!item) return defaultFor(context, fields[index]!, at)
      return assigned(context, context.expression(item, NOTHING), fields[index]!, item.at)
    })
    return `(${values.join(', ')})`
  })
  return `INSERT INTO ${table.sql} (${list}) VALUES ${rows.join(', ')}`
}

/** The columns that an INSERT fills. @throws BigQueryError for one that is not there, or must be */
export function insertedFields(
  context: Context,
  columns: readonly string[] | undefined,
  table: TargetTable,
  at: number,
): readonly Field[] {
  const fields = columns?.map((name) => fieldNamed(context, table, name, at)) ?? table.fields
  const missing = table.fields.find(
    (field) => field.mode === 'REQUIRED' && !hasDefault(field) && !fields.includes(field),
  )
  return missing ? context.fail(`Required field ${missing.name} cannot be null`, at) : fields
}

/** The rows of a query as those of a table with these columns. */
export function rowsFor(context: Context, { sql, columns }: Resolved, fields: readonly Field[]): Resolved {
  if (columns.length !== fields.length)
    return context.fail(`The query has ${columns.length} columns, the table has ${fields.length}`, 0)
  const values = columns.map(({ sqlName, type }, index) => {
    const field = fields[index]!
    return `${assigned(context, { sql: `part.${quote(sqlName)}`, type }, field, 0)} AS ${quote(field.name)}`
  })
  return {
    sql: `SELECT ${values.join(', ')} FROM (${sql}) AS part`,
    columns: fields.map((field) => ({ name: field.name, sqlName: field.name, type: typeOfField(field) })),
    isValue: false,
  }
}

const hasDefault = ({ defaultValueExpression = 'NULL' }: Field): boolean =>
  !/^\s*NULL\s*$/i.test(defaultValueExpression)

export function defaultFor(context: Context, field: Field, at: number): string {
  return field.mode === 'REQUIRED' && !hasDefault(field)
    ? context.fail(`Required field ${field.name} cannot be null`, at)
    : 'DEFAULT'
}

function fieldNamed(context: Context, table: TargetTable, name: string, at: number): Field {
  return (
    table.fields.find((field) => field.name.toLowerCase() === name.toLowerCase()) ??
    context.fail(`Column ${name} is not present in table ${table.name}`, at)
  )
}

/** A value for a column. @throws BigQueryError where the types do not fit */
export function assigned(context: Context, value: Typed, field: Field, at: number): string {
  const type = typeOfField(field)
  if (distance(value, type) === undefined)
    return context.fail(
      `Value has type ${spelling(value.type)} which cannot be inserted into column ${field.name}, which has type ${spelling(type)}`,
      at,
    )
  const { sql } = coerce(value, type)
  if (field.mode !== 'REQUIRED') return sql
  return `coalesce(${sql}, ${fail(quoteText(`Required field ${field.name} cannot be null`), duckDb(type))})`
}
