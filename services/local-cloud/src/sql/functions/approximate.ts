import { fail } from '../fail.ts'
import { notImplemented } from '../../bigquery/errors.ts'
import { TEXT } from '../../bigquery/values/big-numeric.ts'
import { textOf } from '../typing/casts.ts'
import type { Typed } from '../typing/typed.ts'
import { arrayOf, duckDb, INT64, type SqlType } from '../typing/sql-type.ts'
import type { Aggregate, Rule } from './aggregate.ts'

const GROUPED = [
  'INT64',
  'FLOAT64',
  'NUMERIC',
  'BOOL',
  'STRING',
  'BYTES',
  'DATE',
  'DATETIME',
  'TIME',
  'TIMESTAMP',
]

/** NULL is the first of all values. @param found an aggregate whose first argument is what is ordered */
export function withNulls(found: Aggregate): Aggregate {
  const [of, ...rest] = found.args
  const isList = found.type.kind === 'ARRAY'
  return {
    ...found,
    args: [`{'is_value': ${of} IS NOT NULL, 'value': ${of}}`, ...rest],
    wrap: (sql) =>
      isList
        ? `list_transform(${sql}, lambda each_item: struct_extract(each_item, 'value'))`
        : `struct_extract(${sql}, 'value')`,
  }
}

/** NaN, which is the least of all numbers and to DuckDB the largest, is refused among those that are put in order. */
export function withoutNan({ sql, type }: Typed): string {
  if (type.kind !== 'FLOAT64') return sql
  return `(CASE WHEN isnan(${sql}) THEN ${fail(`'local-cloud knows no quantiles with NaN'`, 'DOUBLE')} ELSE ${sql} END)`
}

/** A number of things that is written there. */
const countOf = (number: Typed | undefined): number | undefined => {
  const count = Number(number?.literal?.text)
  return number?.type.kind === 'INT64' && count > 0 ? count : undefined
}

const pairs = (of: SqlType, name: string, type: SqlType): SqlType =>
  arrayOf({
    kind: 'STRUCT',
    fields: [
      { name: 'value', type: of },
      { name, type },
    ],
  })

/** The values that come most often. */
const topCount: Rule = ([of, number]) => {
  const most = countOf(number)
  if (!of || most === undefined || !GROUPED.includes(of.type.kind)) return undefined
  return {
    name: 'histogram',
    args: [of.sql],
    type: pairs(of.type, 'count', INT64),
    besides: [{ name: 'count', args: [`CASE WHEN ${of.sql} IS NULL THEN 1 END`] }],
    wrap: (counts, nulls) => {
      const found = `list_transform(map_entries(${counts}), lambda e: {'order': -CAST(e.value AS BIGINT), 'value': e.key})`
      const ofNull = `CASE WHEN ${nulls} > 0 THEN [{'order': -${nulls}, 'value': CAST(NULL AS ${duckDb(of.type)})}] ELSE [] END`
      return `list_transform(list_slice(list_sort(list_concat(coalesce(${found}, []), ${ofNull})), 1, ${most}), lambda e: {'value': e.value, 'count': -e.order})`
    },
  }
}

/** More are not added up one by one. */
const MOST_VALUES = 5000

/** The values whose weights are the most together. */
const topSum: Rule = ([of, weight, number]) => {
  const most = countOf(number)
  if (!of || !weight || most === undefined || !GROUPED.includes(of.type.kind)) return undefined
  const type = weight.type.kind === 'NULL' ? INT64 : weight.type
  if (!['INT64', 'FLOAT64', 'NUMERIC'].includes(type.kind)) return undefined
  const duckType = duckDb(type)
  const wrong = fail(`'APPROX_TOP_SUM: a weight is negative or NaN'`, duckType)
  const isWrong =
    type.kind === 'FLOAT64' ? `(${weight.sql} < 0 OR isnan(${weight.sql}))` : `${weight.sql} < 0`
  return {
    name: 'list',
    args: [`{'value': ${of.sql}, 'weight': CASE WHEN ${isWrong} THEN ${wrong} ELSE ${weight.sql} END}`],
    type: pairs(of.type, 'sum', type),
    wrap: (rows) => {
      const values = `list_transform(x.rows, lambda e: e.value)`
      const keys = `list_concat(list_distinct(${values}), CASE WHEN list_count(${values}) < len(x.rows) THEN [CAST(NULL AS ${duckDb(of.type)})] ELSE [] END)`
      const sum = `CAST(list_sum(list_transform(list_filter(x.rows, lambda e: e.value IS NOT DISTINCT FROM k), lambda e: e.weight)) AS ${duckType})`
      const tooMany = fail(
        `'local-cloud knows no APPROX_TOP_SUM of more than ${MOST_VALUES} values'`,
        'INTEGER',
      )
      const sums = `list_transform(${keys}, lambda k: {'is_none': ${sum} IS NULL, 'order': -${sum}, 'value': k, 'sum': ${sum}})`
      const size = `CASE WHEN len(list_distinct(${values})) > ${MOST_VALUES} THEN ${tooMany} ELSE ${most} END`
      const made = `list_transform(list_slice(list_sort(${sums}), 1, ${size}), lambda e: {'value': e.value, 'sum': e.sum})`
      return `list_extract(list_transform([{'rows': ${rows}}], lambda x: ${made}), 1)`
    },
  }
}

const SKETCH: SqlType = { kind: 'BYTES', isSketch: true }
const HASHED = ['INT64', 'NUMERIC', 'BIGNUMERIC', 'STRING', 'BYTES']

const initial: Rule = ([of, precision]) => {
  const size = precision ? countOf(precision) : 15
  if (!of || !HASHED.includes(of.type.kind) || size === undefined || size < 10 || size > 24) return undefined
  const text =
    of.type.kind === 'BYTES'
      ? of.sql
      : of.type.kind === 'BIGNUMERIC'
        ? `struct_extract(${of.sql}, '${TEXT}')`
        : textOf(of)
  return {
    name: 'list',
    args: [`left(md5(${text}), 16)`],
    type: SKETCH,
    only: `${of.sql} IS NOT NULL`,
    wrap: (hashes) => `sketch_of(${hashes}, '${of.type.kind}', ${size})`,
  }
}

const merged =
  (name: string, type: SqlType, none: string): Rule =>
  ([sketch]) =>
    sketch?.type.kind === 'BYTES'
      ? {
          name: 'list',
          args: [sketch.sql],
          type,
          only: `${sketch.sql} IS NOT NULL`,
          wrap: (sketches) => `coalesce(${name}(${sketches}), ${none})`,
        }
      : undefined

/** Aggregates that BigQuery only estimates: here they are exact. */
export const APPROXIMATE: Readonly<Record<string, Rule>> = {
  APPROX_QUANTILES: ([of, number], respectsNulls) => {
    const parts = countOf(number)
    if (!of || parts === undefined) return undefined
    if (of.type.kind === 'RANGE') throw notImplemented('APPROX_QUANTILES of a RANGE')
    const fractions = Array.from({ length: parts + 1 }, (_, index) => index / parts)
    const found = {
      name: 'quantile_disc',
      args: [withoutNan(of), `[${fractions.join(', ')}]`],
      type: arrayOf(of.type),
    }
    return respectsNulls === true ? withNulls(found) : found
  },
  APPROX_TOP_COUNT: topCount,
  APPROX_TOP_SUM: topSum,
  'HLL_COUNT.INIT': initial,
  'HLL_COUNT.MERGE': merged('count_of_sketches', INT64, 'CAST(0 AS BIGINT)'),
  'HLL_COUNT.MERGE_PARTIAL': merged('merged_sketch', SKETCH, 'NULL'),
}
