/**
 * BIGNUMERIC in DuckDB, whose decimals have 38 digits and not 76: a text that orders as the number does, beside the text of the number.
 * Each number has one of each, so that it is compared, ordered, grouped and joined as a number; what reckons with it takes the text
 * (sql/duck/big-arithmetic.ts). No column of BigQuery can have these names.
 */
export const BIG_NUMERIC = 'STRUCT("!order" VARCHAR, "!text" VARCHAR)'
export const ORDER = '!order'
export const TEXT = '!text'

const NUMBER = /^([+-]?)0*(\d*?)(?:\.(\d*?)0*)?$/
const NINES = '9876543210'

/**
 * The number as JSON for its column.
 *
 * @param text sign, digits, a point and digits
 */
export function bigNumericJson(text: string): string {
  const [, sign, whole = '', fraction = ''] = NUMBER.exec(text)!
  const digits = whole + fraction
  const isNegative = sign === '-' && digits !== ''
  const shown = `${isNegative ? '-' : ''}${whole || '0'}${fraction === '' ? '' : `.${fraction}`}`
  const size = (isNegative ? 99 - whole.length : whole.length).toString().padStart(2, '0')
  // of two negative numbers that begin alike, the longer one is less
  const order = isNegative
    ? `0${size}${digits.replace(/\d/g, (digit) => NINES[Number(digit)]!)}~`
    : `1${size}${digits}`
  return JSON.stringify({ [ORDER]: order, [TEXT]: shown })
}

const DIGITS = "ltrim(t, '+-')"
const WHOLE = `ltrim(split_part(${DIGITS}, '.', 1), '0')`
const FRACTION = `rtrim(split_part(${DIGITS}, '.', 2), '0')`
const SIZE = `length(${WHOLE})`
const IS_NEGATIVE = `(t LIKE '-%' AND ${WHOLE} || ${FRACTION} <> '')`
/** The largest one, without its point. */
const MOST = (2n ** 255n - 1n).toString()
const IS_NONE = `(NOT regexp_full_match(t, '[+-]?[0-9]+(\\.[0-9]+)?') OR ${SIZE} > 39 OR ${SIZE} = 39 AND ${WHOLE} || rpad(${FRACTION}, 38, '0') > '${MOST}' OR length(${FRACTION}) > 38)`
const NEGATIVE = `'0' || lpad(CAST(99 - ${SIZE} AS VARCHAR), 2, '0') || translate(${WHOLE} || ${FRACTION}, '0123456789', '${NINES}') || '~'`
const POSITIVE = `'1' || lpad(CAST(${SIZE} AS VARCHAR), 2, '0') || ${WHOLE} || ${FRACTION}`
const SHOWN = `CASE WHEN ${IS_NEGATIVE} THEN '-' ELSE '' END || CASE WHEN ${WHOLE} = '' THEN '0' ELSE ${WHOLE} END
  || CASE WHEN ${FRACTION} = '' THEN '' ELSE '.' || ${FRACTION} END`

/** The same as bigNumericJson. @param otherwise SQL for a text that is no such number */
const macro = (name: string, otherwise: string): string =>
  `CREATE OR REPLACE MACRO local_cloud.${name}(t) AS (CASE WHEN t IS NULL THEN NULL WHEN ${IS_NONE} THEN ${otherwise}
    ELSE struct_pack("${ORDER}" := CASE WHEN ${IS_NEGATIVE} THEN ${NEGATIVE} ELSE ${POSITIVE} END, "${TEXT}" := ${SHOWN}) END)`

/** What DuckDB must know before the SQL that the functions here give. */
export const BIG_NUMERIC_MACROS: readonly string[] = [
  macro('bignumeric', "error('Invalid BIGNUMERIC value: ' || t)"),
  macro('bignumeric_or_null', 'NULL'),
  `CREATE OR REPLACE MACRO local_cloud.bignumeric_of_json(j) AS (CASE WHEN json_type(j) = 'OBJECT'
    THEN struct_pack("${ORDER}" := j->>'${ORDER}', "${TEXT}" := j->>'${TEXT}') ELSE local_cloud.bignumeric(j->>'$') END)`,
]

/** DuckDB's SQL for the BIGNUMERIC of a value of JSON: what `bigNumericJson` makes, a text, or a number. */
export function bigNumericOfJson(json: string): string {
  return `local_cloud.bignumeric_of_json(${json})`
}

/** DuckDB's SQL for the BIGNUMERIC that a text says. */
export function bigNumericOf(text: string): string {
  return `local_cloud.bignumeric(${text})`
}

/** The same, and NULL where the text is no such number. */
export function bigNumericOrNull(text: string): string {
  return `local_cloud.bignumeric_or_null(${text})`
}

/** What DuckDB says, in words of BigQuery. */
export function explained(message: string): string {
  if (!message.includes(BIG_NUMERIC)) return message
  const rule = 'local-cloud knows this of a BIGNUMERIC not; CAST works'
  return `${message.replaceAll(BIG_NUMERIC, 'BIGNUMERIC')} (${rule})`
}
