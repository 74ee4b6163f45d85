import { quote } from '../../bigquery/values/fields.ts'
import type { Expression, From } from '../tree/tree.ts'
import { conditionOf } from './conditions.ts'
import { gapFill } from './gap-fill.ts'
import { generatedRows, type GeneratedRows } from './generated-rows.ts'
import { comparison } from './operators.ts'
import { tableCall, type TableFunctions } from './table-call.ts'
import { pivotQuery, unpivotQuery } from './pivot.ts'
import { rangeSessionize } from './range-sessionize.ts'
import { lookUp } from './names.ts'
import type { Column, Context, KeptSource, OutputColumn, Resolved, Scope, Source } from './scope.ts'
import type { Typed } from '../typing/typed.ts'
import { INT64, storedValue, type SqlType } from '../typing/sql-type.ts'

/** What finds the tables that a FROM clause names. */
export interface Tables extends TableFunctions {
  /** @throws BigQueryError notFound */
  find(
    path: readonly string[],
    asOf?: number,
  ): Pick<Resolved, 'sql' | 'columns'> & Partial<Pick<Resolved, 'isValue'>>
}

/** Functions of BigQuery that give a table. */
const OWN_TABLE_FUNCTIONS: Readonly<Record<string, typeof gapFill>> = {
  GAP_FILL: gapFill,
  RANGE_SESSIONIZE: rangeSessionize,
}

interface Part {
  readonly sql: string
  readonly scope: Scope
  /** The same where an outer join may find no row of it: an array that a table keeps is NULL there. */
  readonly optional?: () => Part
}

export function fromOf(context: Context, tables: Tables, node: From, outer: Scope | undefined): Part {
  if (node.kind === 'join') return joinOf(context, tables, node, outer)
  if (node.kind === 'unnest') {
    const scope = outer ?? EMPTY
    return unnestOf(
      context,
      context.expression(node.of, scope),
      node,
      outer,
      generatedRows(context, node.of, scope),
    )
  }
  if (node.kind === 'query') {
    const { sql, columns, isValue, kept = [] } = context.query(node.query, outer?.outer)
    return tableOf(context, `(${sql})`, columns, node.alias, outer, isValue, node.keeps ? kept : [])
  }
  if (node.kind === 'function') {
    const own = OWN_TABLE_FUNCTIONS[node.path.join('.').toUpperCase()]
    const { sql, columns } = own ? own(context, node, outer) : tableCall(context, tables, node, outer)
    return tableOf(context, sql, columns, node.alias ?? node.path.at(-1)!, outer, false)
  }
  if (node.kind === 'turned') {
    const { columns: before } = fromOf(context, tables, node.of, outer).scope
    const query =
      node.by.kind === 'pivot'
        ? pivotQuery(context, node.of, node.by, before)
        : unpivotQuery(context, node.of, node.by, before)
    const { sql, columns } = context.query(query, outer?.outer)
    return tableOf(context, `(${sql})`, columns, node.by.alias, outer, false)
  }
  const array = arrayOfPath(context, node, outer)
  if (array)
    return unnestOf(
      context,
      array,
      { ...node, alias: node.alias ?? node.path.at(-1)!, place: node.place },
      outer,
    )
  if (node.place !== undefined) return context.fail('WITH OFFSET can only be used with arrays', node.at)
  const { sql, columns, isValue = false } = tables.find(node.path, node.asOf)
  const rows = node.percent ? `(SELECT * FROM ${sql} WHERE ${isRead(context, node.percent)})` : sql
  return tableOf(context, rows, columns, node.alias ?? node.path.at(-1)!, outer, isValue)
}

/**
 * TABLESAMPLE reads some of the blocks of a table. One of less than 1 GB has one block, which is read where the percentage is more than
 * zero (docs: table sampling): all rows.
 *
 * @throws BigQueryError for what is no percentage
 */
function isRead(context: Context, node: Expression): string {
  const { sql, type, literal } = context.expression(node, EMPTY)
  const percent = Number(literal?.text ?? 1)
  if (!['INT64', 'FLOAT64'].includes(type.kind) || !literal || percent < 0 || percent > 100)
    return context.fail('TABLESAMPLE takes a number of PERCENT from 0 to 100', node.at)
  return `${sql} > 0`
}

const EMPTY: Scope = { sources: [], columns: [], outer: undefined }

function tableOf(
  context: Context,
  sql: string,
  columns: readonly OutputColumn[],
  name: string | undefined,
  outer: Scope | undefined,
  isValue: boolean,
  kept: readonly KeptSource[] = [],
): Part {
  const part = partOf(context, sql, columns, name, outer, isValue, kept)
  const holdsArrays = columns.some(({ isStored, type }) => isStored === true && type.kind === 'ARRAY')
  if (!holdsArrays) return part
  const marked = `(SELECT *, TRUE AS ${IS_THERE} FROM ${sql})`
  return {
    ...part,
    optional: () => partOf(context, marked, columns, name, outer, isValue, kept, IS_THERE),
  }
}

const IS_THERE = '"row is there"'

/** @param isThere a column that is NULL where an outer join has found no row */
function partOf(
  context: Context,
  sql: string,
  columns: readonly OutputColumn[],
  name: string | undefined,
  outer: Scope | undefined,
  isValue: boolean,
  kept: readonly KeptSource[],
  isThere?: string,
): Part {
  const alias = context.unique()
  const own: Column[] = columns.map((column) => ({
    name: column.name,
    sql: ifThere(columnSql(alias, column), column, isThere && `${alias}.${isThere}`),
    type: column.type,
    ...(column.isHidden === true && { isHidden: true }),
    ...(column.isStored === true && { stored: `${alias}.${quote(column.sqlName)}` }),
  }))
  const value = isValue ? own[0] : undefined
  const source: Source = value ? valueSource(value, name) : { name, columns: own }
  return {
    sql: `${sql} AS ${alias}`,
    scope: {
      sources: [source, ...kept.map((each) => keptSource(alias, each))],
      columns: source.columns,
      outer: outer?.outer,
    },
  }
}

/** A table of the query in FROM that may be named. */
function keptSource(alias: string, { name, columns, value }: KeptSource): Source {
  const own = (column: OutputColumn) => ({
    name: column.name,
    sql: columnSql(alias, column),
    type: column.type,
  })
  return value ? valueSource(own(value), name) : { name, columns: columns.map(own) }
}

function columnSql(alias: string, { sqlName, type, isStored, made }: OutputColumn): string {
  if (made) return made(alias)
  return isStored === true ? storedValue(`${alias}.${quote(sqlName)}`, type) : `${alias}.${quote(sqlName)}`
}

const ifThere = (sql: string, { isStored, type }: OutputColumn, isThere: string | undefined): string =>
  isThere !== undefined && isStored === true && type.kind === 'ARRAY'
    ? `(CASE WHEN ${isThere} THEN ${sql} END)`
    : sql

/** A table whose rows are values: the fields of a STRUCT are its columns. */
function valueSource(value: Typed, name: string | undefined): Source {
  const fields = value.type.kind === 'STRUCT' ? value.type.fields! : undefined
  const columns = fields
    ? fields.map((field) => ({
        name: field.name,
        sql: `struct_extract(${value.sql}, '${field.name.replaceAll("'", "''")}')`,
        type: field.type,
      }))
    : [{ name: name ?? 'f0_', sql: value.sql, type: value.type }]
  return { name, columns, value }
}

/** `FROM t, t.items`: an array of what is before it. */
function arrayOfPath(
  context: Context,
  node: From & { kind: 'table' },
  outer: Scope | undefined,
): Typed | undefined {
  if (!outer || node.path.length < 2) return undefined
  const [first, ...rest] = node.path as [string, ...string[]]
  const isKnown = [outer, outer.outer].some((scope) =>
    scope?.sources.some(({ name }) => name?.toLowerCase() === first.toLowerCase()),
  )
  return isKnown ? lookUp(context, first, rest, outer, node.at) : undefined
}

function unnestOf(
  context: Context,
  array: Typed,
  { alias: name, place, at }: { alias: string | undefined; place: string | undefined; at: number },
  outer: Scope | undefined,
  generated?: GeneratedRows,
): Part {
  const element: SqlType | undefined = array.type.element
  if (!element)
    return context.fail(
      `Values referenced in UNNEST must be arrays. UNNEST contains expression of type ${array.type.kind}`,
      at,
    )
  const alias = context.unique()
  const inOrder = generated?.place ?? `generate_subscripts(${array.sql}, 1) - 1`
  const offset = place === undefined ? '' : `, ${inOrder} AS place`
  const rows = generated ? `item${offset} FROM ${generated.from}` : `unnest(${array.sql}) AS item${offset}`
  const source = valueSource({ sql: `${alias}.item`, type: element }, name)
  const places = place === undefined ? [] : [{ name: place, sql: `${alias}.place`, type: INT64 }]
  return {
    sql: `(SELECT ${rows}) AS ${alias}`,
    scope: { sources: [source], columns: [...source.columns, ...places], outer: outer?.outer },
  }
}

const optional = (part: Part): Part => part.optional?.() ?? part

function joinOf(
  context: Context,
  tables: Tables,
  node: From & { kind: 'join' },
  outer: Scope | undefined,
): Part {
  const part = (isOptional: boolean): Part => joinWith(context, tables, node, outer, isOptional)
  return { ...part(false), optional: () => part(true) }
}

/** @param isOptional whether an outer join around it may find no row of it */
function joinWith(
  context: Context,
  tables: Tables,
  node: From & { kind: 'join' },
  outer: Scope | undefined,
  isOptional: boolean,
): Part {
  const ofLeft = fromOf(context, tables, node.left, outer)
  const left = isOptional || ['RIGHT', 'FULL'].includes(node.how) ? optional(ofLeft) : ofLeft
  // what stands behind may name what stands before it
  const before = { ...left.scope, outer: outer?.outer }
  const ofRight = fromOf(context, tables, node.right, before)
  const right = isOptional || ['LEFT', 'FULL'].includes(node.how) ? optional(ofRight) : ofRight
  const sources = [...left.scope.sources, ...right.scope.sources]
  const names = sources.map(({ name }) => name?.toLowerCase()).filter((name) => name !== undefined)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined)
    return context.fail(`Duplicate table alias ${twice} in the same FROM clause`, node.at)
  const all: Scope = {
    sources,
    columns: [...left.scope.columns, ...right.scope.columns],
    outer: outer?.outer,
  }
  if (node.how !== 'CROSS' && !node.on && node.using.length === 0 && !isArray(context, node.right, before))
    return context.fail(`${node.how} JOIN must have an immediately following ON or USING clause`, node.at)
  const rightSql = node.right.kind === 'join' ? `(${right.sql})` : right.sql
  if (node.how === 'CROSS') return { sql: `${left.sql} CROSS JOIN ${rightSql}`, scope: all }
  const join = `${left.sql} ${node.how} JOIN ${rightSql} ON`
  if (node.using.length > 0) {
    const { conditions, columns } = using(context, node, left.scope, right.scope)
    return { sql: `${join} ${conditions}`, scope: { ...all, columns } }
  }
  return {
    sql: `${join} ${node.on ? conditionOf(context, node.on, { ...all, noAggregates: 'JOIN ON clause' }, 'JOIN ON clause') : 'TRUE'}`,
    scope: all,
  }
}

/** An array of what stands before it needs no condition. */
const isArray = (context: Context, right: From, before: Scope): boolean =>
  right.kind === 'unnest' || (right.kind === 'table' && arrayOfPath(context, right, before) !== undefined)

/** The columns of USING come first, and once. */
function using(context: Context, node: From & { kind: 'join' }, left: Scope, right: Scope) {
  const pairs = node.using.map((name) => {
    const [a, b] = [left, right].map(({ columns }, side) => {
      const found = columns.filter((column) => column.name.toLowerCase() === name.toLowerCase())
      if (found.length !== 1)
        return context.fail(
          `Column ${name} in USING clause ${found.length === 0 ? 'not found' : 'is ambiguous'} on ${side === 0 ? 'left' : 'right'} side of join`,
          node.at,
        )
      return found[0]!
    }) as [Column, Column]
    return {
      a,
      b,
      equal:
        comparison('=', a, b) ??
        context.fail(`Column ${name} in USING clause has types that do not compare`, node.at),
    }
  })
  const merged = pairs.map(({ a, b }): Column => {
    if (node.how === 'FULL') return { ...a, sql: `coalesce(${a.sql}, ${b.sql})` }
    return node.how === 'RIGHT' ? { ...b, name: a.name } : a
  })
  const rest = (scope: Scope, side: 'a' | 'b') =>
    scope.columns.filter((column) => !pairs.some((pair) => pair[side] === column))
  return {
    conditions: pairs.map(({ equal }) => equal.sql).join(' AND '),
    columns: [...merged, ...rest(left, 'a'), ...rest(right, 'b')],
  }
}
