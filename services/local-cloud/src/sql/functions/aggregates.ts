import { fail } from '../fail.ts'
import type { Aggregate, Rule } from './aggregate.ts'
import { APPROXIMATE, withNulls, withoutNan } from './approximate.ts'
import { ofAll } from './big-numbers.ts'
import { rangeKey } from '../typing/range-key.ts'
import { commonType, coerce, distance } from '../typing/coerce.ts'
import { STATISTICS } from './statistics.ts'
import type { Typed } from '../typing/typed.ts'
import {
  arrayOf,
  BOOL,
  duckDb,
  FLOAT64,
  INT64,
  NUMERIC,
  spelling,
  STRING,
  type SqlType,
} from '../typing/sql-type.ts'

const NUMBERS = ['INT64', 'FLOAT64', 'NUMERIC']

const sum: Rule = ([of]) => {
  if (of?.type.kind === 'BIGNUMERIC') return { name: 'list', type: of.type, ...ofAll('sum_of_big')(of.sql) }
  if (!of || !NUMBERS.includes(of.type.kind)) return undefined
  if (of.type.kind === 'FLOAT64')
    return { name: 'sum', args: [of.sql], type: FLOAT64, ...notTooLarge('SUM', of) }
  const inType = (sql: string) => `CAST(${sql} AS ${duckDb(of.type)})`
  if (of.type.kind === 'INT64') return { name: 'sum', args: [of.sql], type: of.type, wrap: inType }
  // DuckDB adds up more digits than a NUMERIC has
  const wrap = (sql: string) =>
    `(CASE WHEN abs(${sql}) > ${MOST_NUMERIC} THEN ${fail(`'numeric overflow: SUM'`, duckDb(of.type))} ELSE ${inType(sql)} END)`
  return { name: 'sum', args: [of.sql], type: of.type, wrap }
}
const MOST_NUMERIC = `CAST('${'9'.repeat(29)}.${'9'.repeat(9)}' AS DECIMAL(38,9))`
/** Infinity of finite numbers is an error. */
const notTooLarge = (name: string, { sql: of }: Typed) => ({
  besides: [{ name: 'bool_or', args: [`NOT isfinite(${of})`] }],
  wrap: (sql: string, hasInfinity?: string) =>
    `(CASE WHEN isfinite(${sql}) OR ${hasInfinity} THEN ${sql} WHEN ${sql} IS NULL THEN NULL ELSE ${fail(`'floating point error in function: ${name}'`, 'DOUBLE')} END)`,
})
const average: Rule = ([of]) => {
  if (of?.type.kind === 'BIGNUMERIC')
    return { name: 'list', type: of.type, ...ofAll('average_of_big')(of.sql) }
  if (!of || !NUMBERS.includes(of.type.kind)) return undefined
  if (of.type.kind === 'INT64') return { name: 'avg', args: [of.sql], type: FLOAT64 }
  if (of.type.kind === 'FLOAT64')
    return { name: 'avg', args: [of.sql], type: FLOAT64, ...notTooLarge('AVG', of) }
  return {
    name: 'sum',
    args: [of.sql],
    type: NUMERIC,
    besides: [{ name: 'count', args: [of.sql] }],
    wrap: (total, rows) =>
      `(CASE WHEN ${rows} > 0 THEN CAST(divide_numbers(CAST(${total} AS VARCHAR), CAST(${rows} AS VARCHAR)) AS DECIMAL(38,9)) END)`,
  }
}
const same =
  (name: string): Rule =>
  ([of, ...rest]) =>
    !of || rest.length > 0
      ? undefined
      : { name, args: [of.sql], type: of.type.kind === 'NULL' ? INT64 : of.type }
/** Those without an order. */
const UNORDERED = ['ARRAY', 'STRUCT', 'JSON', 'GEOGRAPHY']
const ordered =
  (name: string): Rule =>
  (args) => {
    const [of] = args
    if (of && UNORDERED.includes(of.type.kind)) return undefined
    const found = same(name)(args)
    // DuckDB has another order of them
    return found?.type.kind === 'RANGE'
      ? { ...found, name: `arg_${name}`, args: [of!.sql, rangeKey(of!.sql)] }
      : found
  }
/**
 * MAX_BY and MIN_BY: of the rows that have the most, one whose value is not NULL. DuckDB looks for it among the other rows, too, and takes
 * NaN for the largest number, where no row has as much as NaN.
 */
const withMost =
  (name: 'max' | 'min'): Rule =>
  ([of, by, ...rest]) => {
    if (!of || !by || rest.length > 0 || UNORDERED.includes(by.type.kind)) return undefined
    const key = by.type.kind === 'RANGE' ? rangeKey(by.sql) : by.sql
    const nan = by.type.kind === 'FLOAT64' ? [{ name: 'bool_or', args: [`isnan(${key})`] }] : []
    return {
      name: `arg_${name}`,
      args: [of.sql, key],
      type: of.type,
      besides: [
        { name, args: [key] },
        { name, args: [`CASE WHEN ${of.sql} IS NOT NULL THEN ${key} END`] },
        ...nan,
      ],
      wrap: (sql, most, taken, hasNan = 'FALSE') =>
        `(CASE WHEN ${most} = ${taken} AND NOT ${hasNan} THEN ${sql} END)`,
    }
  }
/** NaN where there is one. */
const least: Rule = (args) => {
  const found = ordered('min')(args)
  if (!found || found.type.kind !== 'FLOAT64') return found
  return {
    ...found,
    besides: [{ name: 'bool_or', args: [`isnan(${found.args[0]})`] }],
    wrap: (sql, hasNan) => `(CASE WHEN ${hasNan} THEN CAST('nan' AS DOUBLE) ELSE ${sql} END)`,
  }
}
const ofKind =
  (name: string, type: SqlType): Rule =>
  ([of]) =>
    of && distance(of, type) !== undefined ? { name, args: [coerce(of, type).sql], type } : undefined
const count: Rule = ([of]) => ({ name: 'count', args: [of ? of.sql : '*'], type: INT64 })

export const AGGREGATES: Readonly<Record<string, Rule>> = {
  COUNT: count,
  COUNTIF: ([of]) =>
    of && distance(of, BOOL) !== undefined
      ? { name: 'count', args: [`CASE WHEN ${of.sql} THEN 1 END`], type: INT64 }
      : undefined,
  SUM: sum,
  AVG: average,
  MIN: least,
  MAX: ordered('max'),
  ANY_VALUE: same('any_value'),
  ARRAY_AGG: ([of]) =>
    !of || of.type.kind === 'ARRAY'
      ? undefined
      : { name: 'list', args: [of.sql], type: arrayOf(of.type.kind === 'NULL' ? INT64 : of.type) },
  ARRAY_CONCAT_AGG: ([of]) =>
    of?.type.kind === 'ARRAY'
      ? {
          name: 'list',
          args: [of.sql],
          type: of.type,
          wrap: (sql) => `flatten(${sql})`,
          only: `${of.sql} IS NOT NULL`,
        }
      : undefined,
  STRING_AGG: ([of, separator]) =>
    of &&
    distance(of, STRING) !== undefined &&
    (!separator || (separator.literal && separator.type.kind === 'STRING'))
      ? { name: 'string_agg', args: [of.sql, separator?.sql ?? "','"], type: STRING }
      : undefined,
  APPROX_COUNT_DISTINCT: ([of]) =>
    of ? { name: 'count', args: [`DISTINCT ${of.sql}`], type: INT64 } : undefined,
  ...APPROXIMATE,
  LOGICAL_AND: ofKind('bool_and', BOOL),
  LOGICAL_OR: ofKind('bool_or', BOOL),
  BIT_AND: ofKind('bit_and', INT64),
  BIT_OR: ofKind('bit_or', INT64),
  BIT_XOR: ofKind('bit_xor', INT64),
  ...STATISTICS,
  MAX_BY: withMost('max'),
  MIN_BY: withMost('min'),
}

/** Functions that need OVER. */
export const NUMBERING: Readonly<Record<string, Rule>> = {
  ROW_NUMBER: ([of]) => (of ? undefined : { name: 'row_number', args: [], type: INT64 }),
  RANK: ([of]) => (of ? undefined : { name: 'rank', args: [], type: INT64 }),
  DENSE_RANK: ([of]) => (of ? undefined : { name: 'dense_rank', args: [], type: INT64 }),
  PERCENT_RANK: ([of]) => (of ? undefined : { name: 'percent_rank', args: [], type: FLOAT64 }),
  CUME_DIST: ([of]) => (of ? undefined : { name: 'cume_dist', args: [], type: FLOAT64 }),
  NTILE: ([of]) => (of?.type.kind === 'INT64' ? { name: 'ntile', args: [of.sql], type: INT64 } : undefined),
  FIRST_VALUE: same('first_value'),
  LAST_VALUE: same('last_value'),
  NTH_VALUE: ([of, place]) =>
    of && place?.type.kind === 'INT64' && isAtLeast(place, 1)
      ? { name: 'nth_value', args: [of.sql, place.sql], type: of.type }
      : undefined,
  LAG: shifted('lag'),
  LEAD: shifted('lead'),
  PERCENTILE_CONT: ([of, at]) => percentile('quantile_cont', of, at, FLOAT64),
  PERCENTILE_DISC: ([of, at], respectsNulls) => {
    const found = percentile('quantile_disc', of, at, of?.type ?? FLOAT64)
    return found && respectsNulls === true ? withNulls(found) : found
  },
}

/** Numbering functions whose order makes no sense without ORDER BY. */
export const NEED_ORDER = new Set(['RANK', 'DENSE_RANK', 'PERCENT_RANK', 'CUME_DIST', 'NTILE', 'LAG', 'LEAD'])
/** Functions over a window that have no frame. */
export const NO_FRAME = new Set([...NEED_ORDER, 'ROW_NUMBER', 'PERCENTILE_CONT', 'PERCENTILE_DISC'])
export const MAY_ORDER = new Set(['ARRAY_AGG', 'STRING_AGG', 'ARRAY_CONCAT_AGG'])
export const MAY_RESPECT_NULLS = new Set(['APPROX_QUANTILES', 'PERCENTILE_DISC'])
export const MAY_IGNORE_NULLS = new Set(['FIRST_VALUE', 'LAST_VALUE', 'NTH_VALUE'])

/** Of a number that is written there; a parameter is not looked at. */
const isAtLeast = ({ literal }: Typed, lowest: number): boolean =>
  literal !== undefined && (literal.text === undefined || Number(literal.text) >= lowest)

function shifted(name: string): Rule {
  return ([of, by, otherwise]) => {
    if (!of || (by && (by.type.kind !== 'INT64' || !isAtLeast(by, 0)))) return undefined
    const type = otherwise ? commonType([of, otherwise]) : of.type
    if (!type) return undefined
    const rest = by ? [by.sql, ...(otherwise ? [coerce(otherwise, type).sql] : [])] : []
    return { name, args: [coerce(of, type).sql, ...rest], type }
  }
}

function percentile(
  name: string,
  of: Typed | undefined,
  at: Typed | undefined,
  type: SqlType,
): Aggregate | undefined {
  const fraction = at?.literal?.text
  if (!of || [...UNORDERED, 'RANGE'].includes(of.type.kind) || fraction === undefined) return undefined
  if (name === 'quantile_cont' && distance(of, FLOAT64) === undefined) return undefined
  const value = name === 'quantile_cont' ? coerce(of, FLOAT64) : of
  return { name, args: [withoutNan(value), fraction], type }
}

export function noSignature(name: string, args: readonly Typed[]): string {
  return `No matching signature for ${AGGREGATES[name] ? 'aggregate ' : ''}function ${name} for argument types: ${args.map(({ type }) => spelling(type)).join(', ')}`
}
