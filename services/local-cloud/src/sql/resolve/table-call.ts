import { notImplemented } from '../../bigquery/errors.ts'
import { quote } from '../../bigquery/values/fields.ts'
import type { ScriptNames } from '../parameters.ts'
import { isVolatile } from '../once.ts'
import type { TableFunctionDefinition } from '../tree/table-function.ts'
import type { Expression, From } from '../tree/tree.ts'
import { coerce, distance } from '../typing/coerce.ts'
import { spelling, typeOf } from '../typing/sql-type.ts'
import type { Typed } from '../typing/typed.ts'
import type { Context, OutputColumn, Resolved, Scope } from './scope.ts'

/** What finds the functions that give tables. */
export interface TableFunctions {
  /** @throws BigQueryError where there is none */
  readonly tableFunction: (path: readonly string[]) => TableFunctionDefinition
  /** The rows of a query. @param named what its arguments are */
  readonly rowsOf: (query: string, named: ScriptNames) => Pick<Resolved, 'sql' | 'columns'>
}

/** `d.f(1)` in FROM: the query of the function, where its arguments are called as its parameters are. */
export function tableCall(
  context: Context,
  tables: TableFunctions,
  { path, args: given, at }: From & { kind: 'function' },
  outer: Scope | undefined,
): Pick<Resolved, 'sql' | 'columns'> {
  const name = path.join('.')
  const nodes = given.map(({ of, name: named }): Expression => {
    if (!of) throw notImplemented(`a TABLE as an argument of ${name}`)
    if (named !== undefined) throw notImplemented(`an argument of ${name} by its name`)
    return of
  })
  const { parameters, columns: wanted, body } = tables.tableFunction(path)
  const scope: Scope = {
    sources: [],
    columns: [],
    outer: undefined,
    noAggregates: `the arguments of ${name}`,
  }
  if (outer?.outer && nodes.some((node) => namesIn(node)))
    throw notImplemented(`a column of a query around it as an argument of ${name}`)
  const args = nodes.map((node) => context.expression(node, scope))
  const types = parameters.map(({ type }) => type && typeOf(type))
  const fits =
    args.length === types.length &&
    args.every((arg, index) => !types[index] || distance(arg, types[index]) !== undefined)
  if (!fits)
    return context.fail(
      `No matching signature for table-valued function ${name} for argument types: ${args.map(({ type }) => spelling(type)).join(', ')}`,
      at,
    )
  if (args.some(({ sql }) => isVolatile(sql)))
    throw notImplemented('a value that is another each time as an argument of a table function')
  const variables = new Map(
    args.map((arg, index): [string, Typed] => {
      const type = types[index]
      const { sql, type: made } = type ? coerce(arg, type) : arg
      return [parameters[index]!.name.toLowerCase(), { sql, type: made }]
    }),
  )
  const rows = tables.rowsOf(body, { variables, functions: new Map() })
  if (!wanted) return rows
  const alias = context.unique()
  const list = wanted.map((column, index) => {
    const type = typeOf(column.type)
    const own = rows.columns[index]
    const value = own && { sql: `${alias}.${quote(own.sqlName)}`, type: own.type }
    if (!own || own.name.toLowerCase() !== column.name.toLowerCase() || distance(value!, type) === undefined)
      return context.fail(`${name}: column ${index + 1} is not ${column.name} ${spelling(type)}`, at)
    return { name: column.name, type, sql: coerce(value!, type).sql }
  })
  if (rows.columns.length !== wanted.length)
    return context.fail(`${name} gives ${rows.columns.length} columns, and not ${wanted.length}`, at)
  const items = list.map(({ name: column, sql }) => `${sql} AS ${quote(column)}`).join(', ')
  const columns = list.map(({ name: column, type }): OutputColumn => ({
    name: column,
    sqlName: column,
    type,
  }))
  return { sql: `(SELECT ${items} FROM ${rows.sql} AS ${alias})`, columns }
}

/** Whether an expression holds a name that is no function's. */
function namesIn(node: unknown): boolean {
  if (typeof node !== 'object' || node === null) return false
  return (node as { kind?: string }).kind === 'path' || Object.values(node).some(namesIn)
}
