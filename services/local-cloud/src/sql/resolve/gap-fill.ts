import { notImplemented } from '../../bigquery/errors.ts'
import { quote } from '../../bigquery/values/fields.ts'
import type { Expression, From } from '../tree/tree.ts'
import { ofMicros } from '../typing/casts.ts'
import { coerce } from '../typing/coerce.ts'
import { duckDb, RANGED, scalar, spelling, ungroupable, type SqlType } from '../typing/sql-type.ts'
import { NOTHING, type Column, type Context, type Resolved, type Scope } from './scope.ts'
import { columnOf, itemsOf, tableArguments, textOf, textsOf } from './table-arguments.ts'

const NAMES = [
  'TS_COLUMN',
  'BUCKET_WIDTH',
  'PARTITIONING_COLUMNS',
  'VALUE_COLUMNS',
  'ORIGIN',
  'IGNORE_NULL_VALUES',
]

interface ValueColumn {
  readonly column: Column
  readonly method: string
}

/**
 * GAP_FILL (time series functions): of each series a row at the begin of each bucket from its first time to its last. A value is that
 * of a row at this very time, or is made of those before and behind it.
 *
 * @throws BigQueryError invalidQuery, notImplemented
 */
export function gapFill(
  context: Context,
  node: From & { kind: 'function' },
  outer: Scope | undefined,
): Pick<Resolved, 'sql' | 'columns'> {
  const { rows, others } = tableArguments(context, node, outer, NAMES, 2)
  const [timeNode, width] = [others.get('TS_COLUMN')!, others.get('BUCKET_WIDTH')!]
  const time = columnOf(context, rows.columns, textOf(context, timeNode), timeNode.at)
  const { kind } = time.type
  if (!RANGED.includes(kind))
    return context.fail(`GAP_FILL: ${time.name} must be a DATE, DATETIME or TIMESTAMP`, timeNode.at)
  const groups = groupsOf(context, rows.columns, others.get('PARTITIONING_COLUMNS'))
  const list = others.get('VALUE_COLUMNS')
  const values = list
    ? itemsOf(context, list).map((item) => valueColumn(context, rows.columns, item))
    : rows.columns
        .filter((column) => column !== time && !groups.includes(column))
        .map((column) => ({ column, method: 'NULL' }))
  const names = [time, ...groups, ...values.map(({ column }) => column)].map(({ name }) => name.toLowerCase())
  if (new Set(names).size < names.length)
    return context.fail('GAP_FILL: a column is named only once', node.at)
  const sql = filled({
    unique: context.unique(),
    rows: rows.sql,
    kind,
    time,
    groups,
    values,
    width: wanted(context, width, 'INTERVAL'),
    origin: micros(origin(context, others.get('ORIGIN'), kind), kind),
    ignoresNulls: ignoresNulls(context, others.get('IGNORE_NULL_VALUES')),
  })
  const columns = [time, ...groups, ...values.map(({ column }) => column)]
  return { sql: `(${sql})`, columns: columns.map(({ name, type }) => ({ name, sqlName: name, type })) }
}

/** They are grouped by, as those of PARTITION BY are. */
function groupsOf(context: Context, columns: readonly Column[], node: Expression | undefined): Column[] {
  return textsOf(context, node).map((name) => {
    const column = columnOf(context, columns, name, node!.at)
    return column.type.kind === 'FLOAT64' || ungroupable(column.type)
      ? context.fail(`Partitioning by expressions of type ${spelling(column.type)} is not allowed`, node!.at)
      : column
  })
}

/** `('signal', 'linear')` */
function valueColumn(context: Context, columns: readonly Column[], node: Expression): ValueColumn {
  const [name, method] = node.kind === 'struct' ? node.fields.map(({ of }) => textOf(context, of)) : []
  if (name === undefined || method === undefined)
    return context.fail(`GAP_FILL: ('column', 'method') is expected in value_columns`, node.at)
  const column = columnOf(context, columns, name, node.at)
  const upper = method.toUpperCase()
  if (!['NULL', 'LOCF', 'LINEAR'].includes(upper))
    return context.fail(`GAP_FILL: unknown gap filling method '${method}'`, node.at)
  if (upper === 'LINEAR' && column.type.kind === 'BIGNUMERIC')
    throw notImplemented('GAP_FILL with linear of a BIGNUMERIC')
  if (upper === 'LINEAR' && !['INT64', 'FLOAT64', 'NUMERIC'].includes(column.type.kind))
    return context.fail(`GAP_FILL: linear needs numbers, and ${name} is ${spelling(column.type)}`, node.at)
  return { column, method: upper }
}

function wanted(context: Context, node: Expression, kind: string): string {
  const value = context.expression(node, NOTHING)
  if (value.type.kind === kind) return value.sql
  if (value.literal && RANGED.includes(kind)) return coerce(value, scalar(kind)).sql
  return context.fail(`GAP_FILL: ${kind} is expected, and not ${spelling(value.type)}`, node.at)
}

const origin = (context: Context, node: Expression | undefined, kind: string): string =>
  node ? wanted(context, node, kind) : `TIMESTAMP '1950-01-01'`

function ignoresNulls(context: Context, node: Expression | undefined): boolean {
  if (!node) return true
  const { type, literal } = context.expression(node, NOTHING)
  if (type.kind !== 'BOOL' || literal?.text === undefined)
    return context.fail('GAP_FILL: ignore_null_values must be TRUE or FALSE', node.at)
  return literal.text.toUpperCase() === 'TRUE'
}

/** Microseconds since 1970 of a time. */
const micros = (sql: string, kind: string): string =>
  kind === 'DATE' ? `epoch_us(CAST(${sql} AS TIMESTAMP))` : `epoch_us(${sql})`

interface Series {
  /** Begins names that nothing else has: the rows may be those of a WITH. */
  readonly unique: string
  readonly rows: string
  readonly kind: string
  readonly time: Column
  readonly groups: readonly Column[]
  readonly values: readonly ValueColumn[]
  readonly width: string
  readonly origin: string
  readonly ignoresNulls: boolean
}

/** Rows and buckets are put into one order of time: what stands before and behind a bucket is found by windows. */
function filled({
  unique,
  rows,
  kind,
  time,
  groups,
  values,
  width,
  origin: from,
  ignoresNulls: skips,
}: Series): string {
  const keys = groups.map((_, index) => `g${index}`)
  const own = values.map((_, index) => `v${index}`)
  const taken = [
    `${micros(time.sql, kind)} AS us`,
    'FALSE AS made',
    ...groups.map(({ sql }, index) => `${sql} AS g${index}`),
    ...values.map(({ column }, index) => `${column.sql} AS v${index}`),
  ]
  const nothing = values.map(({ column }) => `CAST(NULL AS ${duckDb(column.type)})`)
  const groupBy = keys.length > 0 ? ` GROUP BY ${keys.join(', ')}` : ''
  const places = `buckets_between('${kind}', min(us), max(us), ${width}, ${from}) AS places`
  const around = values.flatMap(({ method }, index) => sides(method, index, skips))
  const shown = values.map(
    ({ column, method }, index) => `${valueOf(method, index, column.type)} AS ${quote(column.name)}`,
  )
  const order = (direction: string) =>
    `(${keys.length > 0 ? `PARTITION BY ${keys.join(', ')} ` : ''}ORDER BY us${direction}, made ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)`
  return [
    `WITH ${unique}_points AS (SELECT ${taken.join(', ')} FROM ${rows} WHERE ${time.sql} IS NOT NULL)`,
    `, ${unique}_series AS (SELECT ${[places, ...keys].join(', ')} FROM ${unique}_points${groupBy})`,
    `, ${unique}_buckets AS (SELECT ${['unnest(places) AS us', 'TRUE AS made', ...keys].join(', ')} FROM ${unique}_series)`,
    `, ${unique}_all AS (SELECT ${['us', 'made', ...keys, ...own].join(', ')} FROM ${unique}_points UNION ALL SELECT ${['us', 'made', ...keys, ...nothing].join(', ')} FROM ${unique}_buckets)`,
    `, ${unique}_around AS (SELECT ${['us', 'made', ...keys, ...around].join(', ')} FROM ${unique}_all WINDOW before AS ${order('')}, behind AS ${order(' DESC')})`,
    `SELECT ${[
      `${ofMicros('us', kind)} AS ${quote(time.name)}`,
      ...groups.map(({ name }, index) => `g${index} AS ${quote(name)}`),
      ...shown,
    ].join(', ')} FROM ${unique}_around WHERE made`,
  ].join(' ')
}

/** The last row at or before a bucket, and the first one at or behind it, as far as a method asks for them. */
function sides(method: string, index: number, skips: boolean): string[] {
  const isNone = skips && method !== 'NULL' ? `made OR v${index} IS NULL` : 'made'
  const near = (window: string) =>
    `last_value(CASE WHEN ${isNone} THEN NULL ELSE {'us': us, 'v': v${index}} END IGNORE NULLS) OVER ${window}`
  const behind = method === 'LINEAR' ? [`${near('behind')} AS n${index}`] : []
  return [`${near('before')} AS p${index}`, ...behind]
}

function valueOf(method: string, index: number, { kind }: SqlType): string {
  const [before, behind] = [`p${index}`, `n${index}`]
  if (method === 'LOCF') return `${before}.v`
  if (method === 'NULL') return `(CASE WHEN ${before}.us = us THEN ${before}.v END)`
  const part = `CAST(us - ${before}.us AS DOUBLE) / (${behind}.us - ${before}.us)`
  const rise: Readonly<Record<string, string>> = {
    FLOAT64: `(${behind}.v - ${before}.v) * (${part})`,
    INT64: `CAST(round(CAST(CAST(${behind}.v AS HUGEINT) - ${before}.v AS DOUBLE) * (${part})) AS BIGINT)`,
    NUMERIC: `CAST(CAST(${behind}.v - ${before}.v AS DOUBLE) * (${part}) AS DECIMAL(38, 9))`,
  }
  return `(CASE WHEN ${before}.us = us THEN ${before}.v ELSE ${before}.v + ${rise[kind]!} END)`
}
