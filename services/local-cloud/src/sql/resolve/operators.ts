import { ORDER } from '../../bigquery/values/big-numeric.ts'
import { BigQueryError } from '../../bigquery/errors.ts'
import { quoteText } from '../../bigquery/values/fields.ts'
import type { Expression } from '../tree/tree.ts'
import { fail } from '../fail.ts'
import { checkedFloat, floatArithmetic } from '../duck/float-arithmetic.ts'
import { bigArithmetic, bigNegative } from '../functions/big-numbers.ts'
import { checkInterval } from '../typing/intervals.ts'
import { inRange } from '../time/in-range.ts'
import { rangeKey } from '../typing/range-key.ts'
import { coerce, commonType, distance } from '../typing/coerce.ts'
import type { Context, Scope } from './scope.ts'
import type { Typed } from '../typing/typed.ts'
import {
  BOOL,
  duckDb,
  FLOAT64,
  INT64,
  NUMERIC,
  scalar,
  spelling,
  STRING,
  structOf,
  type SqlType,
} from '../typing/sql-type.ts'

type Binary = Expression & { kind: 'binary' }

/** `a + b`, `a = b`, `a AND b`, `a LIKE b`. @throws BigQueryError where no signature fits */
export function binaryOf(context: Context, node: Binary, scope: Scope): Typed {
  const { operator, at } = node
  const left = context.expression(node.left, scope)
  const right = context.expression(node.right, scope)
  const refuse = (): never =>
    context.fail(
      `No matching signature for operator ${operator} for argument types: ${spelling(left.type)}, ${spelling(right.type)}`,
      at,
    )
  if (operator === 'AND' || operator === 'OR') {
    if (distance(left, BOOL) !== 0 || distance(right, BOOL) !== 0) refuse()
    return { sql: `(${left.sql} ${operator} ${right.sql})`, type: BOOL }
  }
  if (['=', '!=', '<', '>', '<=', '>='].includes(operator))
    return comparison(operator, left, right) ?? refuse()
  if (operator === 'LIKE') return like(left, right) ?? refuse()
  if (operator === '||') return concatenation(left, right) ?? refuse()
  if (['|', '&', '^', '<<', '>>'].includes(operator)) return bits(operator, left, right) ?? refuse()
  return (
    dates(operator, left, right) ??
    intervals(operator, left, right) ??
    arithmetic(operator, left, right) ??
    refuse()
  )
}

/** Undefined where the two do not compare. */
export function comparison(operator: string, left: Typed, right: Typed): Typed | undefined {
  const type = commonType([left, right])
  if (!type || ['JSON', 'ARRAY', 'GEOGRAPHY'].includes(type.kind)) return undefined
  if (type.kind === 'STRUCT') return structComparison(operator, coerce(left, type), coerce(right, type))
  const isOrdered = type.kind === 'BIGNUMERIC' && operator !== '=' && operator !== '!='
  // of two comparisons of a value DuckDB makes a BETWEEN, which takes no structs
  const compared = (value: Typed): string => {
    const { sql } = coerce(value, type)
    if (type.kind === 'RANGE') return rangeKey(sql)
    return isOrdered ? `struct_extract(${sql}, '${ORDER}')` : sql
  }
  const [a, b] = [compared(left), compared(right)]
  const plain = `${a} ${operator === '!=' ? '<>' : operator} ${b}`
  if (type.kind !== 'FLOAT64') return { sql: `(${plain})`, type: BOOL }
  // NaN compares with nothing; DuckDB takes it for the largest number, equal to itself
  const isLiteral = (value: Typed) => value.literal !== undefined
  const nan = { '=': [left, a], '>': [left, a], '>=': [left, a], '<': [right, b], '<=': [right, b] }[
    operator
  ] as [Typed, string] | undefined
  const [value, sql] = nan ?? [left, a]
  const [other, otherSql] = value === left ? [right, b] : [left, a]
  if (
    isLiteral(value) ||
    (isLiteral(operator === '=' || operator === '!=' ? right : value) &&
      operator !== '>' &&
      operator !== '>=')
  )
    return { sql: `(${plain})`, type: BOOL }
  // beside NULL it is NULL
  const [isNan, isNone] = isLiteral(other)
    ? [`isnan(${sql})`, `NOT isnan(${sql})`]
    : [`(isnan(${sql}) AND ${otherSql} IS NOT NULL)`, `(NOT isnan(${sql}) OR ${otherSql} IS NULL)`]
  return { sql: operator === '!=' ? `(${plain} OR ${isNan})` : `(${plain} AND ${isNone})`, type: BOOL }
}

/** Field by field: NULL where it hangs on a NULL, which DuckDB takes for a value. */
function structComparison(operator: string, left: Typed, right: Typed): Typed | undefined {
  if (operator !== '=' && operator !== '!=') return undefined
  const { fields } = left.type
  const compared = fields!.map(({ name, type }) => {
    const of = ({ sql }: Typed): Typed => ({ sql: `struct_extract(${sql}, ${quoteText(name)})`, type })
    return comparison(
      '=',
      of({ ...left, sql: `struct_extract(a_b, 'a')` }),
      of({ ...right, sql: `struct_extract(a_b, 'b')` }),
    )
  })
  if (compared.some((one) => one === undefined)) return undefined
  const all = compared.map((one) => one!.sql).join(' AND ')
  const packed = structOf([
    { name: 'a', sql: left.sql },
    { name: 'b', sql: right.sql },
  ])
  const equal = `list_extract(list_transform([${packed}], lambda a_b: ${all}), 1)`
  return { sql: operator === '=' ? equal : `(NOT ${equal})`, type: BOOL }
}

/** Undefined where these are no two STRINGs or BYTES. */
export function like(left: Typed, right: Typed): Typed | undefined {
  const type = [left, right].some((value) => value.type.kind === 'BYTES') ? scalar('BYTES') : STRING
  if (distance(left, type) !== 0 || distance(right, type) !== 0) return undefined
  if (type.kind === 'BYTES') return { sql: `like_bytes(${left.sql}, ${right.sql})`, type: BOOL }
  const made = `(${left.sql} LIKE ${right.sql} ESCAPE '\\')`
  const wrong = 'LIKE pattern ends with a backslash'
  const pattern = right.literal?.text
  if (pattern === undefined)
    return {
      sql: `(CASE WHEN regexp_matches(${right.sql}, '(^|[^\\\\])(\\\\\\\\)*\\\\$') THEN ${fail(quoteText(wrong), 'BOOLEAN')} ELSE ${made} END)`,
      type: BOOL,
    }
  if (/(^|[^\\])(\\\\)*\\$/.test(pattern)) throw new BigQueryError('invalidQuery', wrong)
  return { sql: made, type: BOOL }
}

function concatenation(left: Typed, right: Typed): Typed | undefined {
  const type = commonType([left, right])
  if (!type || !['STRING', 'BYTES', 'ARRAY'].includes(type.kind)) return undefined
  const [a, b] = [coerce(left, type).sql, coerce(right, type).sql]
  return {
    sql:
      type.kind === 'ARRAY'
        ? `(CASE WHEN ${a} IS NULL OR ${b} IS NULL THEN NULL ELSE list_concat(${a}, ${b}) END)`
        : `(${a} || ${b})`,
    type,
  }
}

function bits(operator: string, left: Typed, right: Typed): Typed | undefined {
  if (left.type.kind === 'BYTES') return bitsOfBytes(operator, left, right)
  if (distance(left, INT64) !== 0 || distance(right, INT64) !== 0) return undefined
  const [a, b] = [left.sql, right.sql]
  if (operator === '^') return { sql: `xor(${a}, ${b})`, type: INT64 }
  if (operator === '|' || operator === '&') return { sql: `(${a} ${operator} ${b})`, type: INT64 }
  return { sql: shifted(operator, a, b), type: INT64 }
}

function bitsOfBytes(operator: string, left: Typed, right: Typed): Typed | undefined {
  const { type } = left
  if (!operator.includes('<') && !operator.includes('>'))
    return distance(right, type) === 0
      ? { sql: `bits_of_bytes(${left.sql}, ${right.sql}, '${operator}')`, type }
      : undefined
  if (distance(right, INT64) !== 0) return undefined
  const negative = fail(`'Bitwise shift by a negative number: ' || ${right.sql}`, 'BLOB')
  const by = operator === '<<' ? right.sql : `-(${right.sql})`
  return {
    sql: `(CASE WHEN ${right.sql} < 0 THEN ${negative} ELSE shifted_bytes(${left.sql}, ${by}) END)`,
    type,
  }
}

const ALL = '18446744073709551616'

/** Bits that are moved out are lost, and no sign comes in. */
function shifted(operator: string, a: string, b: string): string {
  const unsigned = `((CAST(${a} AS HUGEINT) + ${ALL}) % ${ALL})`
  const power = (exponent: string) => `CAST(pow(2, ${exponent}) AS HUGEINT)`
  const left = `((${unsigned} % ${power(`64 - ${b}`)}) * ${power(b)})`
  const moved = operator === '<<' ? left : `(${unsigned} // ${power(b)})`
  const signed = `CAST(CASE WHEN ${moved} >= 9223372036854775808 THEN ${moved} - ${ALL} ELSE ${moved} END AS BIGINT)`
  const negative = fail(`'Bitwise shift by a negative number: ' || ${b}`, 'BIGINT')
  return `(CASE WHEN ${b} < 0 THEN ${negative} WHEN ${b} >= 64 THEN 0 ELSE ${signed} END)`
}

/** DATE ± INT64 and INTERVALs. */
function dates(operator: string, left: Typed, right: Typed): Typed | undefined {
  if (operator !== '+' && operator !== '-') return undefined
  if (left.type.kind === 'DATE' && right.type.kind === 'INT64')
    return {
      sql: inRange(`(${left.sql} ${operator} CAST(${right.sql} AS INTEGER))`, 'DATE'),
      type: left.type,
    }
  if (left.type.kind === 'INT64' && right.type.kind === 'DATE' && operator === '+')
    return dates('+', right, left)
  if (operator === '-' && left.type.kind === right.type.kind) return difference(left, right)
  if (left.type.kind === 'INTERVAL' && right.type.kind !== 'INTERVAL' && operator === '+')
    return dates('+', right, left)
  if (right.type.kind !== 'INTERVAL') return undefined
  if (left.type.kind === 'INTERVAL')
    return { sql: `interval_sum(${left.sql}, ${right.sql}, ${operator}1)`, type: left.type }
  if (left.type.kind === 'TIMESTAMP') {
    if (right.part === undefined)
      return {
        sql: inRange(`(${left.sql} ${operator} interval_without_months(${right.sql}))`, 'TIMESTAMP'),
        type: left.type,
      }
    checkInterval('TIMESTAMP', right.part)
  }
  if (left.type.kind === 'DATE')
    return {
      sql: inRange(`CAST(${left.sql} ${operator} ${right.sql} AS TIMESTAMP)`, 'DATETIME'),
      type: scalar('DATETIME'),
    }
  return left.type.kind === 'DATETIME' || left.type.kind === 'TIMESTAMP'
    ? { sql: inRange(`(${left.sql} ${operator} ${right.sql})`, left.type.kind), type: left.type }
    : undefined
}

/** How long it is from one time to the other. */
function difference(left: Typed, right: Typed): Typed | undefined {
  const { kind } = left.type
  const type = scalar('INTERVAL')
  if (kind === 'DATE')
    return { sql: `to_days(CAST(date_diff('day', ${right.sql}, ${left.sql}) AS INTEGER))`, type }
  if (kind === 'DATETIME' || kind === 'TIMESTAMP')
    return { sql: `to_microseconds(epoch_us(${left.sql}) - epoch_us(${right.sql}))`, type }
  return kind === 'INTERVAL' ? { sql: `interval_sum(${left.sql}, ${right.sql}, -1)`, type } : undefined
}

/** INTERVAL * INT64, INTERVAL / INT64. */
function intervals(operator: string, left: Typed, right: Typed): Typed | undefined {
  if (left.type.kind === 'INT64' && right.type.kind === 'INTERVAL' && operator === '*')
    return intervals(operator, right, left)
  if (left.type.kind !== 'INTERVAL' || right.type.kind !== 'INT64') return undefined
  if (operator !== '*' && operator !== '/') return undefined
  const name = operator === '*' ? 'interval_times' : 'interval_divided'
  return { sql: `${name}(${left.sql}, ${right.sql})`, type: left.type }
}

function arithmetic(operator: string, left: Typed, right: Typed): Typed | undefined {
  const common = commonType([left, right])
  if (!common || !['INT64', 'FLOAT64', 'NUMERIC', 'BIGNUMERIC'].includes(common.kind)) return undefined
  const type: SqlType = operator === '/' && common.kind === 'INT64' ? FLOAT64 : common
  if (type.kind === 'FLOAT64') {
    const floats = floatArithmetic(operator, coerce(left, type), coerce(right, type))
    return { sql: checkedFloat(floats), type, floats }
  }
  const [a, b] = [coerce(left, type).sql, coerce(right, type).sql]
  if (type.kind === 'INT64') return { sql: `(${a} ${operator} ${b})`, type }
  if (type.kind === 'BIGNUMERIC') return { sql: bigArithmetic(operator, a, b), type }
  const made =
    operator === '/'
      ? `divide_numbers(CAST(${a} AS VARCHAR), CAST(${b} AS VARCHAR))`
      : `${a} ${operator} ${b}`
  return { sql: `CAST(${made} AS ${duckDb(type)})`, type }
}

export function unaryOf(context: Context, node: Expression & { kind: 'unary' }, scope: Scope): Typed {
  const value = context.expression(node.of, scope)
  const { kind } = value.type
  const sql = `(${node.operator} ${value.sql})`
  if (node.operator === 'NOT' && (kind === 'BOOL' || kind === 'NULL')) return { sql, type: BOOL }
  if (node.operator === '~' && kind === 'BYTES') {
    const ones = `unhex(repeat('ff', octet_length(${value.sql})))`
    return { sql: `bits_of_bytes(${value.sql}, ${ones}, '^')`, type: value.type }
  }
  if (node.operator === '~' && kind === 'INT64') return { sql: `(~${value.sql})`, type: INT64 }
  if (node.operator === '-' && value.floats) {
    const floats = { plain: `(-${value.floats.plain})`, strict: `(-${value.floats.strict})` }
    return { sql: checkedFloat(floats), type: value.type, floats }
  }
  if (node.operator === '-' && kind === 'BIGNUMERIC') return { sql: bigNegative(value.sql), type: value.type }
  if (node.operator === '-' && kind === 'INTERVAL')
    return { sql: `interval_times(${value.sql}, -1)`, type: value.type }
  if ((node.operator === '-' || node.operator === '+') && ['INT64', 'FLOAT64', 'NUMERIC'].includes(kind))
    return {
      sql: kind === 'NUMERIC' ? `CAST(${sql} AS DECIMAL(38,9))` : sql,
      type: kind === 'NUMERIC' ? NUMERIC : value.type,
    }
  return context.fail(
    `No matching signature for operator ${node.operator} for argument type ${spelling(value.type)}`,
    node.at,
  )
}
