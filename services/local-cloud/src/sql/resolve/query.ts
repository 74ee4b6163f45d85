import { BigQueryError } from '../../bigquery/errors.ts'
import { quote } from '../../bigquery/values/fields.ts'
import type { Body, Expression, Query } from '../tree/tree.ts'
import { matchedByName } from './by-name.ts'
import { coerce, commonType } from '../typing/coerce.ts'
import { checkRecursive } from './recursive-rules.ts'
import { inOrder, namesTable } from './with-order.ts'
import { listsRows } from './listed-rows.ts'
import type { Context, OutputColumn, Resolved, Scope } from './scope.ts'
import { orderOf, outputScope, selectOf } from './select.ts'
import { isEqual, sameType, spelling, ungroupable } from '../typing/sql-type.ts'

/** What a name of WITH counts for. */
export type CommonTable = Pick<Resolved, 'columns' | 'isValue'>

/** Names that WITH gives, while what they count for is resolved. */
export interface CommonTables {
  /** Runs with one name more. @param rows those of a recursive one, while it is made itself */
  with<T>(name: string, rows: CommonTable, run: () => T): T
}

export function queryOf(
  context: Context,
  names: CommonTables,
  query: Query,
  outer: Scope | undefined,
): Resolved {
  const lower = query.with.map(({ name }) => name.toLowerCase())
  const twice = lower.find((name, index) => lower.indexOf(name) !== index)
  if (twice !== undefined) return context.fail(`Duplicate alias ${twice} for WITH subquery`, query.at)
  return withNames(context, names, { ...query, with: inOrder(query) }, 0, outer)
}

function withNames(
  context: Context,
  names: CommonTables,
  query: Query,
  at: number,
  outer: Scope | undefined,
): Resolved {
  const entry = query.with[at]
  if (!entry) return ordered(context, query, outer)
  const { sql, ...rows } = commonTable(context, names, query, at, outer)
  return names.with(entry.name, rows, () => {
    const rest = withNames(context, names, query, at + 1, outer)
    const own = `${quote(entry.name)} AS (${sql})`
    const isNext = at + 1 < query.with.length
    const head = at === 0 ? `WITH ${query.recursive ? 'RECURSIVE ' : ''}` : ''
    return { ...rest, sql: `${head}${own}${isNext ? ', ' : ' '}${rest.sql}` }
  })
}

function commonTable(
  context: Context,
  names: CommonTables,
  query: Query,
  place: number,
  outer: Scope | undefined,
): Resolved {
  const entry = query.with[place]!
  const { name, query: own } = entry
  if (query.recursive) checkRecursive(context, entry)
  const { body } = own
  if (!query.recursive || body.kind !== 'set' || body.operator !== 'UNION') return context.query(own, outer)
  // what the part says that does not name itself are the columns
  const first = bodyOf(context, body.left, outer)
  const made = names.with(name, first, () => context.query(own, outer))
  const at = made.columns.findIndex(({ type }, index) => !sameType(type, first.columns[index]!.type))
  const wider = made.columns[at]
  if (wider && namesTable(body.right, name.toLowerCase()))
    return context.fail(
      `Cannot coerce column ${at + 1} of the recursive term of ${name} from type ${spelling(wider.type)} to type ${spelling(first.columns[at]!.type)}`,
      body.at,
    )
  return made
}

function ordered(context: Context, query: Query, outer: Scope | undefined): Resolved {
  const { body, orderBy, limit, offset } = query
  const { orderScope, ...resolved } = bodyOf(context, body, outer)
  const tail = [
    orderBy.length > 0 ? orderOf(context, orderBy, orderScope, resolved.columns) : '',
    limit ? `LIMIT ${count(context, limit)}` : '',
    offset ? `OFFSET ${count(context, offset)}` : '',
    // DuckDB's aggregates take the parts of UNION ALL in any order; below a limit their order is kept
    !limit && orderBy.length === 0 && listsRows(body) ? `LIMIT ${MOST_ROWS}` : '',
  ].filter(Boolean)
  if (tail.length === 0) return resolved
  // DuckDB orders the rows of a set operation by its columns alone, and fails on a query in brackets with two limits
  const rows =
    body.kind !== 'select' ? `SELECT * FROM (${resolved.sql}) AS ${context.unique()}` : resolved.sql
  return { ...resolved, sql: `${rows} ${tail.join(' ')}` }
}

const MOST_ROWS = 2n ** 63n - 1n

function count(context: Context, node: Expression): string {
  const { sql, type, literal } = context.expression(node, { sources: [], columns: [], outer: undefined })
  if (type.kind !== 'INT64' || !literal)
    return context.fail('LIMIT and OFFSET expect an integer literal or parameter', node.at)
  if (literal.text?.startsWith('-'))
    return context.fail(`Values of LIMIT and OFFSET must not be negative: ${literal.text}`, node.at)
  return sql
}

type WithOrder = Resolved & { readonly orderScope: Scope }

function bodyOf(context: Context, body: Body, outer: Scope | undefined): WithOrder {
  if (body.kind === 'select') return selectOf(context, body, outer)
  if (body.kind === 'query') {
    const inner = context.query(body.query, outer)
    return { ...inner, sql: `(${inner.sql})`, orderScope: outputScope(inner.columns, outer) }
  }
  const sides = [bodyOf(context, body.left, outer), bodyOf(context, body.right, outer)] as const
  const [left, right] = body.byName ? matchedByName(context, body.byName, sides, body.at) : sides
  const name = `${body.operator} ${body.all ? 'ALL' : 'DISTINCT'}`
  if (left.columns.length !== right.columns.length)
    return context.fail(
      `Queries in ${name} have mismatched column count; query 1 has ${left.columns.length} columns, query 2 has ${right.columns.length} columns`,
      body.at,
    )
  const columns = left.columns.map((column, index): OutputColumn => {
    const other = right.columns[index]!
    const type = commonType(
      [left, right].map(({ columns: own }) => ({
        sql: '',
        type: own[index]!.type,
        ...nullLiteral(own[index]!),
      })),
    )
    const kind = type && !body.all ? ungroupable(type) : undefined
    if (kind)
      return context.fail(
        `Column ${index + 1} in ${name} has type that does not support set operation comparisons: ${kind}`,
        body.at,
      )
    return type
      ? { ...column, type }
      : context.fail(
          `Column ${index + 1} in ${name} has incompatible types: ${spelling(column.type)}, ${spelling(other.type)}`,
          body.at,
        )
  })
  const sql = `${asTypes(left, columns)} ${body.operator}${body.all ? ' ALL' : ''} ${asTypes(right, columns)}`
  return { sql, columns, isValue: left.isValue, orderScope: outputScope(columns, outer) }
}

const nullLiteral = ({ type }: OutputColumn) => (type.kind === 'NULL' ? { literal: { type: 'NULL' } } : {})

function asTypes({ sql, columns }: Resolved, wanted: readonly OutputColumn[]): string {
  if (columns.every(({ type }, index) => isEqual(type, wanted[index]!.type))) return `(${sql})`
  const list = columns.map(({ sqlName, type }, index) => {
    const { type: to, sqlName: name } = wanted[index]!
    return `${coerce({ sql: `part.${quote(sqlName)}`, type }, to).sql} AS ${quote(name)}`
  })
  return `(SELECT ${list.join(', ')} FROM (${sql}) AS part)`
}

/** The outermost query: no two columns have one name. */
export function checkNames({ columns }: Resolved): void {
  const reserved = columns.find(({ name }) => /^_PARTITION/i.test(name))
  if (reserved)
    throw new BigQueryError(
      'invalidQuery',
      `Invalid field name "${reserved.name}". Field names are not allowed to start with the (case-insensitive) prefixes _PARTITION, _TABLE_, _FILE_, _ROW_TIMESTAMP, __ROOT__ and _COLIDENTIFIER`,
    )
  const seen = new Set<string>()
  const twice = columns
    .filter(({ name }) => seen.size === seen.add(name.toLowerCase()).size)
    .map(({ name }) => name)
  if (twice.length > 0)
    throw new BigQueryError(
      'invalidQuery',
      `Duplicate column names in the result are not supported when a destination table is present. Found duplicate(s): ${[...new Set(twice)].join(', ')}`,
    )
}
