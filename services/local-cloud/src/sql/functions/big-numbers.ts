import { bigNumericOf, TEXT } from '../../bigquery/values/big-numeric.ts'
import { BigQueryError } from '../../bigquery/errors.ts'
import { once } from '../once.ts'
import { signatures, type Template } from './signature.ts'

const textOf = (sql: string): string => `struct_extract(${sql}, '${TEXT}')`
/** A BIGNUMERIC of a text, which is made once. */
const ofText = (sql: string): string => once(sql, bigNumericOf)

/** SQL of `a + b`, …, DIV and MOD of BIGNUMERICs. */
export function bigArithmetic(operator: string, a: string, b: string): string {
  return ofText(`big_arithmetic('${operator}', ${textOf(a)}, ${textOf(b)})`)
}

/** SQL of -a. */
export const bigNegative = (sql: string): string => ofText(`big_arithmetic('-', '0', ${textOf(sql)})`)

/** The sum or average of all rows. @param aggregate the name of the function of a list */
export const ofAll =
  (aggregate: 'sum_of_big' | 'average_of_big') =>
  (sql: string): { readonly args: readonly string[]; readonly wrap: (list: string) => string } => ({
    args: [textOf(sql)],
    wrap: (list) => ofText(`${aggregate}(${list})`),
  })

const rounded =
  (way: string): Template =>
  ([number, digits = 'CAST(0 AS BIGINT)']) =>
    ofText(`round_big(${textOf(number!)}, ${digits}, '${way}')`)
const both =
  (operator: string): Template =>
  ([a, b]) =>
    bigArithmetic(operator, a!, b!)
const safely =
  (operator: string): Template =>
  ([a, b]) =>
    bigArithmetic(`${operator} or NULL`, a!, b!)
const WAYS: Readonly<Record<string, string>> = { ROUND_HALF_AWAY_FROM_ZERO: 'away', ROUND_HALF_EVEN: 'even' }

/** Functions of BIGNUMERIC. */
export const BIG_NUMBERS = signatures({
  'ABS(BIGNUMERIC) BIGNUMERIC': ([number]) => ofText(`ltrim(${textOf(number!)}, '-')`),
  'ROUND(BIGNUMERIC) BIGNUMERIC': rounded('away'),
  'ROUND(BIGNUMERIC, INT64) BIGNUMERIC': rounded('away'),
  'ROUND(BIGNUMERIC, INT64, TEXT) BIGNUMERIC': ([number, digits, mode], ...rest) => {
    const way = WAYS[mode!]
    if (way === undefined) throw new BigQueryError('invalidQuery', `Invalid rounding mode: ${mode}`)
    return (rounded(way) as Exclude<Template, string>)([number!, digits!], ...rest)
  },
  'TRUNC(BIGNUMERIC) BIGNUMERIC': rounded('never'),
  'TRUNC(BIGNUMERIC, INT64) BIGNUMERIC': rounded('never'),
  'CEIL(BIGNUMERIC) BIGNUMERIC': rounded('up'),
  'CEILING(BIGNUMERIC) BIGNUMERIC': rounded('up'),
  'FLOOR(BIGNUMERIC) BIGNUMERIC': rounded('down'),
  'DIV(BIGNUMERIC, BIGNUMERIC) BIGNUMERIC': both('DIV'),
  'MOD(BIGNUMERIC, BIGNUMERIC) BIGNUMERIC': both('MOD'),
  'SAFE_ADD(BIGNUMERIC, BIGNUMERIC) BIGNUMERIC': safely('+'),
  'SAFE_SUBTRACT(BIGNUMERIC, BIGNUMERIC) BIGNUMERIC': safely('-'),
  'SAFE_MULTIPLY(BIGNUMERIC, BIGNUMERIC) BIGNUMERIC': safely('*'),
  'SAFE_DIVIDE(BIGNUMERIC, BIGNUMERIC) BIGNUMERIC': safely('/'),
  'SAFE_NEGATE(BIGNUMERIC) BIGNUMERIC': ([number]) => bigNegative(number!),
})
