import { quote, quoteText, type Field } from '../../bigquery/fields.ts'
import { notImplemented } from '../../bigquery/errors.ts'
import { fail } from '../duck/fail.ts'
import type { Statement } from '../tree/tree.ts'
import { coerce, distance } from './coerce.ts'
import { conditionOf } from './conditions.ts'
import { NOTHING, type Context, type Scope, type Typed } from './scope.ts'
import { duckDb, spelling, typeOfField } from './sql-type.ts'

/** The table that a statement changes. */
export interface TargetTable {
  /** DuckDB's name for it. */
  readonly sql: string
  readonly name: string
  readonly fields: readonly Field[]
}

export function changeOf(
  context: Context,
  node: Exclude<Statement, { kind: 'SELECT' }>,
  table: TargetTable,
): string {
  if (node.kind === 'INSERT') return insertOf(context, node, table)
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
    return `DELETE FROM ${target} WHERE ${conditionOf(context, node.where, { ...own, noAggregates: 'WHERE clause' }, 'WHERE clause')}`
  const from = node.from && context.from(node.from, undefined)
  const scope: Scope = from
    ? {
        sources: [...own.sources, ...from.scope.sources],
        columns: [...columns, ...from.scope.columns],
        outer: undefined,
      }
    : own
  const sets = node.sets.map(({ path, to }) => {
    if (path.names.length > 1) throw notImplemented('UPDATE of a field of a STRUCT')
    const field = fieldNamed(context, table, path.names[0]!, path.at)
    const value = to
      ? assigned(context, context.expression(to, scope), field, path.at)
      : defaultFor(context, field, path.at)
    return `${quote(field.name)} = ${value}`
  })
  const where = conditionOf(context, node.where, { ...scope, noAggregates: 'WHERE clause' }, 'WHERE clause')
  return `UPDATE ${target} SET ${sets.join(', ')}${from ? ` FROM ${from.sql}` : ''} WHERE ${where}`
}

function insertOf(context: Context, node: Statement & { kind: 'INSERT' }, table: TargetTable): string {
  const { at } = node.target
  const fields = node.columns?.map((name) => fieldNamed(context, table, name, at)) ?? table.fields
  const missing = table.fields.find(
    (field) => field.mode === 'REQUIRED' && !hasDefault(field) && !fields.includes(field),
  )
  if (missing) return context.fail(`Required field ${missing.name} cannot be null`, at)
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

const hasDefault = ({ defaultValueExpression = 'NULL' }: Field): boolean =>
  !/^\s*NULL\s*$/i.test(defaultValueExpression)

function defaultFor(context: Context, field: Field, at: number): string {
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
function assigned(context: Context, value: Typed, field: Field, at: number): string {
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
