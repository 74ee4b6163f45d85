import { quote } from '../../bigquery/values/fields.ts'
import type { Statement } from '../tree/tree.ts'
import {
  assigned,
  assignmentsOf,
  defaultFor,
  insertedFields,
  type Change,
  type TargetTable,
} from './assign.ts'
import { conditionOf } from './conditions.ts'
import { mergeOf } from './merge.ts'
import { NOTHING, type Column, type Context, type Scope } from './scope.ts'
import { INT64, storedValue, typeOfField } from '../typing/sql-type.ts'

export function changeOf(
  context: Context,
  node: Exclude<Statement, { kind: 'SELECT' }>,
  table: TargetTable,
): Change {
  if (node.kind === 'INSERT') return { sql: insertOf(context, node, table) }
  const alias = context.unique()
  const columns: Column[] = [
    ...table.fields.map((field) => ({
      name: field.name,
      sql: storedValue(`${alias}.${quote(field.name)}`, typeOfField(field)),
      type: typeOfField(field),
      stored: `${alias}.${quote(field.name)}`,
    })),
    ...table.hidden.flatMap((field) =>
      field.columns.map(({ name, type, made }) => ({ name, sql: made!(alias), type, isHidden: true })),
    ),
  ]
  const name = node.target.alias ?? table.name
  const own: Scope = { sources: [{ name, columns }], columns, outer: undefined }
  const target = `${table.sql} AS ${alias}`
  const touched = (from: string, where: string): string => `SELECT ${alias}.rowid FROM ${from} WHERE ${where}`
  if (node.kind === 'DELETE') {
    const where = conditionOf(context, node.where, { ...own, noAggregates: 'WHERE clause' }, 'WHERE clause')
    return { sql: `DELETE FROM ${target} WHERE ${where}`, touched: touched(target, where) }
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
  if (!from) return { sql: `UPDATE ${target} SET ${sets} WHERE ${where}`, touched: touched(target, where) }
  return {
    sql: `UPDATE ${target} SET ${sets} FROM ${from.sql} WHERE ${where}`,
    touched: touched(`${target}, ${from.sql}`, where),
    ambiguous: `SELECT 1 FROM ${target}, ${from.sql} WHERE ${where} GROUP BY ${alias}.rowid HAVING count(*) > 1 LIMIT 1`,
  }
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
    const { with: names, body } = node.query
    const isDirect = names.length === 0 && body.kind === 'select'
    const values = columns.map(({ sqlName, type: own }, index) => {
      // NULL takes any type in a SELECT alone: behind WITH, and of a UNION, it is an INT64 (GoogleSQL: UntypedLiteralMap)
      const type = own.kind === 'NULL' && !isDirect ? INT64 : own
      return assigned(context, { sql: `part.${quote(sqlName)}`, type }, fields[index]!, at)
    })
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
