import { BigQueryError } from '../bigquery/errors.ts'
import { kindOf, tableId } from '../bigquery/table/table.ts'
import { refuseSnapshot } from '../bigquery/table/table-snapshot.ts'
import type { Field } from '../bigquery/values/fields.ts'
import { isByIngestion, PARTITION_TIME } from '../bigquery/table/partition-time.ts'
import { pseudocolumns } from './pseudocolumns.ts'
import { physical } from '../bigquery/table/physical.ts'
import { hasArray } from './resolve/assign.ts'
import type { Parameters } from './parameters.ts'
import { fieldOfType } from './typing/sql-type.ts'
import type { OutputColumn } from './resolve/scope.ts'
import { StatementResolver } from './resolve/statement.ts'
import type { TableResolver } from './table-path.ts'
import { parseStatement } from './tree/statements.ts'

/** What kind of statement a query is; only these are run. */
export type StatementType = 'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE' | 'MERGE'

export interface RewrittenQuery {
  readonly sql: string
  readonly statementType: StatementType
  /** SQL that gives a row where a row that is changed has several to change it by. */
  readonly ambiguous?: string
  /** SQL of DuckDB's ids of the rows that are changed or deleted. */
  readonly touched?: string
  /** What a SELECT gives. */
  readonly columns: readonly OutputColumn[]
}

/**
 * GoogleSQL as DuckDB's SQL: parsed to a tree, names and types resolved, DuckDB's SQL made of it. What no rule knows is refused by name.
 *
 * @param wanted the columns that the rows of a SELECT are for; `own` for a table that gets those that it has
 * @throws BigQueryError invalidQuery, notFound for a table, notImplemented
 */
export function rewriteQuery(
  sql: string,
  tables: TableResolver,
  parameters: Parameters,
  wanted?: readonly Field[] | 'own',
): RewrittenQuery {
  const statement = parseStatement(sql)
  const resolver = new StatementResolver(sql, parameters, {
    find: (path, asOf) => tables.find(path, asOf),
    routine: (path) => tables.routine(path),
    tableFunction: (path) => tables.tableFunction(path),
    rowsOf: (query, named) => tables.rowsOf(query, named),
    target: (path) => {
      const table = tables.target(path)
      const { reference, fields, spec } = table
      if (spec.view)
        throw new BigQueryError(
          'invalidQuery',
          `${tableId(reference)} is a ${kindOf(spec)}: its rows are not changed`,
        )
      refuseSnapshot(table)
      const unit = spec.timePartitioning?.type ?? 'DAY'
      const hidden = isByIngestion(table)
        ? [{ ...PARTITION_TIME, unit, columns: pseudocolumns(table, []) }]
        : []
      return { sql: physical(reference), name: reference.tableId, fields, hidden }
    },
  })
  if (statement.kind !== 'SELECT')
    return { ...resolver.change(statement), statementType: statement.kind, columns: [] }
  const { sql: made, columns } = resolver.select(statement.query, wanted === 'own' ? undefined : wanted)
  if (wanted !== 'own' || !columns.some(({ type }) => hasArray(type)))
    return { sql: made, statementType: 'SELECT', columns }
  return {
    ...resolver.kept({ sql: made, columns, isValue: false }, fieldsOf(columns)),
    statementType: 'SELECT',
  }
}

/** The fields of a result. */
export function fieldsOf(columns: readonly OutputColumn[]): Field[] {
  return columns.map(({ name, type }) => fieldOfType(name, type))
}
