import { quote } from '../../bigquery/values/fields.ts'
import type { Merge, MergeClause } from '../tree/tree.ts'
import { conditionOf } from './conditions.ts'
import {
  assigned,
  assignmentsOf,
  defaultFor,
  insertedFields,
  type Change,
  type TargetTable,
} from './assign.ts'
import type { Context, Scope } from './scope.ts'

/** The table that is changed, what DuckDB calls it here, and its own columns. */
export interface MergeTarget {
  readonly table: TargetTable
  readonly alias: string
  readonly own: Scope
}

export function mergeOf(context: Context, node: Merge, { table, alias, own }: MergeTarget): Change {
  const from = context.from(node.using, undefined)
  const scope: Scope = {
    sources: [...own.sources, ...from.scope.sources],
    columns: [...own.columns, ...from.scope.columns],
    outer: undefined,
  }
  const scopes = { MATCHED: scope, 'NOT MATCHED': from.scope, 'NOT MATCHED BY SOURCE': own }
  const target = `${table.sql} AS ${alias}`
  const on = conditionOf(context, node.on, { ...scope, noAggregates: 'ON clause' }, 'ON clause')
  const conditions = node.clauses.map(({ and, when }) =>
    and === undefined
      ? undefined
      : conditionOf(context, and, { ...scopes[when], noAggregates: 'WHEN clause' }, 'WHEN clause'),
  )
  const clauses = node.clauses.map((clause, index) => {
    const condition = conditions[index]
    const action = actionOf(context, clause, table, scopes[clause.when], from.scope)
    return `WHEN ${clause.when}${condition === undefined ? '' : ` AND ${condition}`} THEN ${action}`
  })
  const conditionsOf = (kind: MergeClause['when']) =>
    node.clauses.flatMap(({ when }, index) => (when === kind ? [conditions[index] ?? 'TRUE'] : []))
  const matched = conditionsOf('MATCHED')
  const alone = conditionsOf('NOT MATCHED BY SOURCE')
  const touched = [
    ...(matched.length > 0
      ? [`SELECT ${alias}.rowid FROM ${target} JOIN ${from.sql} ON ${on} WHERE ${matched.join(' OR ')}`]
      : []),
    ...(alone.length > 0
      ? [
          `SELECT ${alias}.rowid FROM ${target} WHERE (${alone.join(' OR ')}) AND NOT EXISTS (SELECT 1 FROM ${from.sql} WHERE ${on})`,
        ]
      : []),
  ]
  return {
    sql: `MERGE INTO ${target} USING ${from.sql} ON ${on} ${clauses.join(' ')}`,
    ...(touched.length > 0 && { touched: touched.join(' UNION ALL ') }),
    ...(matched.length > 0 && {
      ambiguous: `SELECT 1 FROM ${target} JOIN ${from.sql} ON ${on} WHERE ${matched.join(' OR ')} GROUP BY ${alias}.rowid HAVING count(*) > 1 LIMIT 1`,
    }),
  }
}

function actionOf(
  context: Context,
  { action, at }: MergeClause,
  table: TargetTable,
  scope: Scope,
  source: Scope,
): string {
  if (action.kind === 'DELETE') return 'DELETE'
  if (action.kind === 'UPDATE') return `UPDATE SET ${assignmentsOf(context, action.sets, table, scope)}`
  const fields = insertedFields(context, action.columns, table, at)
  const row = action.row ?? source.columns
  if (row.length !== fields.length)
    return context.fail(
      `Inserted row has wrong column count; Has ${row.length}, expected ${fields.length}`,
      at,
    )
  const values = action.row
    ? action.row.map((item, index) =>
        item
          ? assigned(context, context.expression(item, scope), fields[index]!, item.at)
          : defaultFor(context, fields[index]!, at),
      )
    : source.columns.map((column, index) => assigned(context, column, fields[index]!, at))
  return `INSERT (${fields.map(({ name }) => quote(name)).join(', ')}) VALUES (${values.join(', ')})`
}
