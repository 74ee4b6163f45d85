import { BigQueryError } from '../../bigquery/errors.ts'
import { quote, type Field } from '../../bigquery/values/fields.ts'
import type { Parameters } from '../parameters.ts'
import { placeOf } from '../tree/cursor.ts'
import type { FunctionDefinition } from '../tree/function-definition.ts'
import type { Call, Expression, From, Query, Statement } from '../tree/tree.ts'
import { callOf } from './call.ts'
import { rowsFor, type Change, type TargetTable } from './assign.ts'
import { changeOf } from './dml.ts'
import { expressionOf } from './expression.ts'
import { fromOf, type Tables } from './from.ts'
import { checkNames, queryOf, type CommonTable } from './query.ts'
import type { Context, Resolved, Scope } from './scope.ts'
import type { Typed } from '../typing/typed.ts'
import { withFieldsAsColumns } from './value-rows.ts'

/** Where the statement's tables are. */
export interface StatementTables extends Tables {
  /** @throws BigQueryError notFound */
  target(path: readonly string[]): TargetTable
  /** The function of a dataset that is called so. */
  routine(path: readonly string[]): FunctionDefinition | undefined
}

/** One statement, from its tree to DuckDB's SQL. */
export class StatementResolver implements Context {
  readonly text: string
  readonly parameters: Parameters
  readonly running = new Set<string>()
  readonly #tables: StatementTables
  /** Names that the WITH clauses around this place give, in lower case: they are no tables of a dataset. */
  #common: ReadonlyMap<string, CommonTable> = new Map()
  #names = 0

  constructor(text: string, parameters: Parameters, tables: StatementTables) {
    this.text = text
    this.parameters = parameters
    this.#tables = tables
  }

  /** The rows of a SELECT. @throws BigQueryError */
  select(query: Query, wanted?: readonly Field[]): Resolved {
    const resolved = withFieldsAsColumns(this, this.query(query, undefined))
    if (wanted) return rowsFor(this, resolved, wanted)
    checkNames(resolved)
    return resolved
  }

  /** Rows that a table keeps. @throws BigQueryError */
  kept(rows: Resolved, fields: readonly Field[]): Resolved {
    return rowsFor(this, rows, fields)
  }

  change(node: Exclude<Statement, { kind: 'SELECT' }>): Change {
    return changeOf(this, node, this.#tables.target(node.target.path))
  }

  expression(node: Expression, scope: Scope): Typed {
    return expressionOf(this, node, scope)
  }

  call(node: Call, scope: Scope): Typed {
    return callOf(this, node, scope)
  }

  routine(path: readonly string[]): FunctionDefinition | undefined {
    return this.#tables.routine(path)
  }

  query(query: Query, outer: Scope | undefined): Resolved {
    return queryOf(this, this, query, outer)
  }

  from(node: From, outer: Scope | undefined) {
    const { tableFunction, rowsOf } = this.#tables
    const find: Tables['find'] = (path, asOf) => this.#find(path, asOf)
    return fromOf(this, { find, tableFunction, rowsOf }, node, outer)
  }

  with<T>(name: string, rows: CommonTable, run: () => T): T {
    const before = this.#common
    this.#common = new Map(before).set(name.toLowerCase(), rows)
    try {
      return run()
    } finally {
      this.#common = before
    }
  }

  unique(): string {
    return `t${++this.#names}`
  }

  fail(message: string, at: number): never {
    throw new BigQueryError('invalidQuery', `${message} at ${placeOf(this.text, at)}`, { location: 'query' })
  }

  #find(path: readonly string[], asOf: number | undefined) {
    const common = path.length === 1 ? this.#common.get(path[0]!.toLowerCase()) : undefined
    if (common && asOf !== undefined)
      throw new BigQueryError(
        'invalidQuery',
        'FOR SYSTEM_TIME AS OF cannot be used with a WITH clause reference',
      )
    return common ? { ...common, sql: quote(path[0]!) } : this.#tables.find(path, asOf)
  }
}
