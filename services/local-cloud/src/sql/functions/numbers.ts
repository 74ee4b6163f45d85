import { bigNumericOf } from '../../bigquery/values/big-numeric.ts'
import { BigQueryError, notImplemented } from '../../bigquery/errors.ts'
import type { Half } from '../duck/decimal.ts'
import { fail } from '../fail.ts'
import { once } from '../once.ts'
import { duckDb, type SqlType } from '../typing/sql-type.ts'
import { signatures, type Template } from './signature.ts'

const nonZero =
  (operator: string, name: string): Template =>
  ([a, b], types) =>
    `(CASE WHEN ${b} = 0 THEN ${fail(`'division by zero: ${name}(' || ${a} || ', ' || ${b} || ')'`, duckDb(types[0]!))} ELSE ${operator.replaceAll('$1', () => a!).replaceAll('$2', () => b!)} END)`

const finite = (inner: string, error: string): string =>
  `(CASE WHEN $1 > 0 THEN ${inner} WHEN isnan($1) THEN $1 WHEN $1 IS NOT NULL THEN ${fail(`'${error}'`, 'DOUBLE')} END)`

/** Infinity of finite numbers is an error. */
function notTooLarge(name: string, count: number): string {
  const places = ['$1', '$2'].slice(0, count)
  const made = `${name.toLowerCase()}(${places.join(', ')})`
  const isNew = [`isinf(${made})`, ...places.map((place) => `NOT isinf(${place})`)].join(' AND ')
  return `(CASE WHEN ${isNew} THEN ${fail(`'floating point error in function: ${name}'`, 'DOUBLE')} ELSE ${made} END)`
}

/** A negative number has no power that is not whole, and 0 no negative one. */
const POWER = `(CASE WHEN isfinite($1) AND isfinite($2) AND (($1 < 0 AND $2 <> trunc($2)) OR ($1 = 0 AND $2 < 0))
  THEN ${fail(`'Floating point error in function: POW(' || $1 || ', ' || $2 || ')'`, 'DOUBLE')} ELSE ${notTooLarge('POW', 2)} END)`

/** Whether a list is in another order than the ascending one, or holds what has no place in it. */
function isUnordered(list: string, { kind }: SqlType): string {
  const none = `each_item IS NULL${kind === 'FLOAT64' ? ' OR isnan(each_item)' : ''}`
  return `(len(list_filter(${list}, lambda each_item: ${none})) > 0 OR list_sort(${list}) <> ${list})`
}

/** NULL where finite numbers give what is too large for one. */
const orNull = (operator: string): string =>
  `(CASE WHEN isfinite($1 ${operator} $2) OR NOT isfinite($1) OR NOT isfinite($2) THEN $1 ${operator} $2 END)`

const reciprocal = (name: string, of: string): Readonly<Record<string, string>> => ({
  [`${name}(FLOAT64) FLOAT64`]: `(CASE WHEN ${of}($1) = 0 THEN ${fail(`'floating point error in function: ${name}'`, 'DOUBLE')} ELSE 1 / ${of}($1) END)`,
})

const rounded = (name: string): Readonly<Record<string, Template>> => ({
  [`${name}(FLOAT64) FLOAT64`]: `${name.toLowerCase()}($1)`,
  [`${name}(NUMERIC) NUMERIC`]: `CAST(${name.toLowerCase()}($1) AS DECIMAL(38,9))`,
})

const oneToOne = (names: string): Readonly<Record<string, Template>> =>
  Object.fromEntries(
    names.split(' ').map((name) => [`${name}(FLOAT64) FLOAT64`, `${name.toLowerCase()}($1)`]),
  )

/** Numbers of which DuckDB does not have to know all digits, where they are not too near to the middle of two, or to a whole one. */
const PLAIN = '$2 BETWEEN 0 AND 15 AND abs($1) * pow(10, $2) < 1e11'
const FRACTION = '(abs($1) * pow(10, $2) - floor(abs($1) * pow(10, $2)))'

/** BigQuery reckons them with all digits of a NUMERIC. */
const ofNumeric = (name: string, count = 1): Readonly<Record<string, Template>> => ({
  [`${name}(${Array.from({ length: count }, () => 'NUMERIC').join(', ')}) NUMERIC`]: () => {
    throw notImplemented(`${name} of a NUMERIC (CAST it to FLOAT64)`)
  },
})

const safely = (name: string, operator: string): Readonly<Record<string, string>> => ({
  [`SAFE_${name}(INT64, INT64) INT64`]: `TRY($1 ${operator} $2)`,
  [`SAFE_${name}(NUMERIC, NUMERIC) NUMERIC`]: `TRY(CAST($1 ${operator} $2 AS DECIMAL(38,9)))`,
  [`SAFE_${name}(FLOAT64, FLOAT64) FLOAT64`]: orNull(operator),
})

/** NUMERIC to so many digits. */
const numberTo =
  (half: Half) =>
  ([number, digits]: readonly string[]): string =>
    `CAST(round_number(CAST(${number} AS VARCHAR), ${digits}, '${half}') AS DECIMAL(38,9))`

/** Which way ROUND goes in the middle of two. */
const MODES: Readonly<Record<string, Half>> = {
  ROUND_HALF_AWAY_FROM_ZERO: 'away',
  ROUND_HALF_EVEN: 'even',
}

/** 1 / f(x): +0 is what -infinity gives, too. */
const inverse = (name: string, of: string): Readonly<Record<string, string>> => ({
  [`${name}(FLOAT64) FLOAT64`]: `(CASE WHEN $1 = 0 THEN ${fail(`'floating point error in function: ${name}'`, 'DOUBLE')} ELSE 1 / ${of}($1) + 0 END)`,
})

export const NUMBERS = signatures({
  // before those of FLOAT64: a NUMERIC beside an INT64 is as near to both
  ...Object.assign({}, ...['SQRT', 'CBRT', 'EXP', 'LN', 'LOG', 'LOG10'].map((name) => ofNumeric(name))),
  ...Object.assign({}, ...['POW', 'POWER', 'LOG'].map((name) => ofNumeric(name, 2))),
  'ABS(INT64) INT64': 'abs($1)',
  'ABS(NUMERIC) NUMERIC': 'abs($1)',
  'ABS(FLOAT64) FLOAT64': 'abs($1)',
  'SIGN(INT64) INT64': 'CAST(sign($1) AS BIGINT)',
  'SIGN(NUMERIC) NUMERIC': 'CAST(sign($1) AS DECIMAL(38,9))',
  'SIGN(FLOAT64) FLOAT64': '(CASE WHEN isnan($1) THEN $1 ELSE CAST(sign($1) AS DOUBLE) END)',
  ...oneToOne('ACOS ASIN ATAN COS SIN TAN TANH ASINH'),
  // DuckDB's is off by the last bit where the root is whole
  'CBRT(FLOAT64) FLOAT64': '(CASE WHEN pow(round(cbrt($1)), 3) = $1 THEN round(cbrt($1)) ELSE cbrt($1) END)',
  'ATANH(FLOAT64) FLOAT64': `(CASE WHEN abs($1) >= 1 THEN ${fail(`'floating point error in function: ATANH'`, 'DOUBLE')} ELSE atanh($1) END)`,
  ...reciprocal('COT', 'tan'),
  ...reciprocal('SEC', 'cos'),
  ...reciprocal('CSC', 'sin'),
  ...inverse('COTH', 'tanh'),
  ...inverse('CSCH', 'sinh'),
  'SECH(FLOAT64) FLOAT64': '(1 / cosh($1))',
  'ACOSH(FLOAT64) FLOAT64': `(CASE WHEN $1 < 1 THEN ${fail(`'floating point error in function: ACOSH'`, 'DOUBLE')} ELSE acosh($1) END)`,
  'ATAN2(FLOAT64, FLOAT64) FLOAT64': 'atan2($1, $2)',
  'SQRT(FLOAT64) FLOAT64': `(CASE WHEN $1 < 0 THEN ${fail(`'Argument to SQRT cannot be negative: ' || $1`, 'DOUBLE')} ELSE sqrt($1) END)`,
  'LN(FLOAT64) FLOAT64': finite('ln($1)', 'Argument to LN must be positive'),
  'LOG(FLOAT64) FLOAT64': finite('ln($1)', 'Argument to LOG must be positive'),
  'LOG(FLOAT64, FLOAT64) FLOAT64': `(CASE WHEN $2 <= 0 OR $2 = 1 THEN ${fail(`'Floating point error in function: LOG'`, 'DOUBLE')} ELSE ${finite('(ln($1) / ln($2))', 'Argument to LOG must be positive')} END)`,
  'LOG10(FLOAT64) FLOAT64': finite('log10($1)', 'Argument to LOG10 must be positive'),
  'POW(FLOAT64, FLOAT64) FLOAT64': POWER,
  'POWER(FLOAT64, FLOAT64) FLOAT64': POWER,
  'EXP(FLOAT64) FLOAT64': notTooLarge('EXP', 1),
  'SINH(FLOAT64) FLOAT64': notTooLarge('SINH', 1),
  'COSH(FLOAT64) FLOAT64': notTooLarge('COSH', 1),
  'IS_NAN(FLOAT64) BOOL': 'isnan($1)',
  'IS_INF(FLOAT64) BOOL': 'isinf($1)',
  'RAND() FLOAT64': 'random()',
  ...rounded('CEIL'),
  ...rounded('FLOOR'),
  ...rounded('ROUND'),
  ...rounded('TRUNC'),
  'CEILING(FLOAT64) FLOAT64': 'ceil($1)',
  'CEILING(NUMERIC) NUMERIC': 'CAST(ceil($1) AS DECIMAL(38,9))',
  'ROUND(FLOAT64, INT64) FLOAT64': `(CASE WHEN ${PLAIN} AND abs(${FRACTION} - 0.5) > 0.0001 THEN round($1, CAST($2 AS INTEGER)) ELSE round_float($1, $2, 'away') END)`,
  'ROUND(NUMERIC, INT64) NUMERIC': numberTo('away'),
  'ROUND(NUMERIC, INT64, TEXT) NUMERIC': ([number, digits, mode]) => {
    const half = MODES[mode!]
    if (!half) throw new BigQueryError('invalidQuery', `Invalid rounding mode: ${mode}`)
    return numberTo(half)([number!, digits!])
  },
  'TRUNC(NUMERIC, INT64) NUMERIC': numberTo('never'),
  'TRUNC(FLOAT64, INT64) FLOAT64': `(CASE WHEN ${PLAIN} AND ${FRACTION} BETWEEN 0.0001 AND 0.9999 THEN trunc($1 * pow(10, $2)) / pow(10, $2) ELSE round_float($1, $2, 'never') END)`,
  'DIV(NUMERIC, NUMERIC) NUMERIC': nonZero(
    'CAST(CAST($1 * 1000000000 AS HUGEINT) // CAST($2 * 1000000000 AS HUGEINT) AS DECIMAL(38,9))',
    'DIV',
  ),
  'RANGE_BUCKET(T, ARRAY<T>) INT64': ([point, places], [type]) => {
    if (type!.kind === 'RANGE') throw notImplemented('RANGE_BUCKET of a RANGE')
    return once(
      places!,
      (list) =>
        `(CASE WHEN ${point!} IS NULL OR ${list} IS NULL THEN NULL WHEN ${isUnordered(list, type!)} THEN ${fail(`'RANGE_BUCKET: the array must be in ascending order, without NULL and NaN'`, 'BIGINT')} ELSE len(list_filter(${list}, lambda each_item: each_item <= ${point!})) END)`,
    )
  },
  'DIV(INT64, INT64) INT64': nonZero('($1 // $2)', 'DIV'),
  // the least number has no quotient by -1, but a rest: none
  'MOD(INT64, INT64) INT64': nonZero('(CASE WHEN $2 = -1 THEN 0 * $1 ELSE $1 % $2 END)', 'MOD'),
  'MOD(NUMERIC, NUMERIC) NUMERIC': nonZero('CAST($1 % $2 AS DECIMAL(38,9))', 'MOD'),
  'SAFE_DIVIDE(FLOAT64, FLOAT64) FLOAT64': `(CASE WHEN $2 <> 0 THEN ${orNull('/')} END)`,
  'SAFE_DIVIDE(NUMERIC, NUMERIC) NUMERIC':
    '(CASE WHEN $2 <> 0 THEN TRY_CAST(divide_numbers(CAST($1 AS VARCHAR), CAST($2 AS VARCHAR)) AS DECIMAL(38,9)) END)',
  'IEEE_DIVIDE(FLOAT64, FLOAT64) FLOAT64': '($1 / $2)',
  ...safely('ADD', '+'),
  ...safely('SUBTRACT', '-'),
  ...safely('MULTIPLY', '*'),
  'SAFE_NEGATE(INT64) INT64': 'TRY(-($1))',
  'SAFE_NEGATE(NUMERIC) NUMERIC': 'CAST(-($1) AS DECIMAL(38,9))',
  'SAFE_NEGATE(FLOAT64) FLOAT64': '(-($1))',
  'PARSE_NUMERIC(STRING) NUMERIC': `CAST(plain_number('NUMERIC', $1, 9, 1) AS DECIMAL(38,9))`,
  'PARSE_BIGNUMERIC(STRING) BIGNUMERIC': bigNumericOf(`plain_number('BIGNUMERIC', $1, 38, 1)`),
  'BIT_COUNT(INT64) INT64': 'CAST(bit_count($1) AS BIGINT)',
  'GENERATE_UUID() STRING': 'CAST(uuid() AS VARCHAR)',
})
