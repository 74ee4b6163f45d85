import { BigQueryError, notImplemented } from '../bigquery/errors.ts'
import { farmFingerprintCall } from './farm-fingerprint.ts'
import { parseJsonCall } from './json-too-deep.ts'

/** DuckDB's SQL for a call, from the arguments already rewritten. */
export type Rewrite = (args: readonly string[], name: string) => string

/** Same name, same meaning. */
const SAME =
  `ABS ACOS ANY_VALUE APPROX_COUNT_DISTINCT ARRAY_AGG ARRAY_TO_STRING ASCII ASIN ATAN ATAN2 AVG BIT_COUNT
  CEIL CHR COALESCE CORR COS COUNT COVAR_POP COVAR_SAMP CUME_DIST DENSE_RANK EXP EXISTS FIRST_VALUE FLOOR IF
  IFNULL LAG LAST_VALUE LEAD LEFT LENGTH LN LOG10 LOWER LTRIM MAX MIN MOD NTH_VALUE NTILE NULLIF
  PERCENT_RANK POW POWER RANK REPEAT REPLACE REVERSE RIGHT ROUND ROW_NUMBER RTRIM SIGN SIN SQRT STARTS_WITH
  STDDEV STDDEV_POP STDDEV_SAMP STRING_AGG SUBSTR SUBSTRING SUM TAN TRANSLATE TRIM TRUNC UNICODE UPPER
  VAR_POP VAR_SAMP VARIANCE`
    .split(/\s+/)
    .filter((name) => name !== '')

/** Same meaning, another name. */
const RENAMED: Readonly<Record<string, string>> = {
  ARRAY_CONCAT: 'list_concat',
  ARRAY_LENGTH: 'len',
  ARRAY_REVERSE: 'list_reverse',
  BIT_AND: 'bit_and',
  BIT_OR: 'bit_or',
  BIT_XOR: 'bit_xor',
  BYTE_LENGTH: 'strlen',
  CEILING: 'ceil',
  CHAR_LENGTH: 'length',
  CHARACTER_LENGTH: 'length',
  COUNTIF: 'count_if',
  ENDS_WITH: 'suffix',
  GENERATE_UUID: 'uuid',
  IS_NAN: 'isnan',
  IS_INF: 'isinf',
  LOGICAL_AND: 'bool_and',
  LOGICAL_OR: 'bool_or',
  RAND: 'random',
  REGEXP_CONTAINS: 'regexp_matches',
  STRPOS: 'strpos',
  TO_BASE64: 'to_base64',
  FROM_BASE64: 'from_base64',
  UNIX_MICROS: 'epoch_us',
  UNIX_MILLIS: 'epoch_ms',
}

/** What takes more than another name. Each keeps BigQuery's meaning where DuckDB's nearest function differs. */
const REWRITTEN: Readonly<Record<string, Rewrite>> = {
  // NULL in any argument is NULL, which DuckDB's concat() is not
  CONCAT: (args) => `(${args.join(' || ')})`,
  GREATEST: (args, name) => unlessNull(args, name),
  LEAST: (args, name) => unlessNull(args, name),
  LPAD: ([text, size, by = "' '"]) => `lpad(${text}, ${size}, ${by})`,
  RPAD: ([text, size, by = "' '"]) => `rpad(${text}, ${size}, ${by})`,
  DIV: ([a, b]) => `(${a} // ${b})`,
  SAFE_DIVIDE: ([a, b]) => `(${a} / NULLIF(${b}, 0))`,
  IEEE_DIVIDE: ([a, b]) => `(CAST(${a} AS DOUBLE) / ${b})`,
  LOG: ([x, base]) => (base === undefined ? `ln(${x})` : `(ln(${x}) / ln(${base}))`),
  INSTR: ([text, part]) => `strpos(${text}, ${part})`,
  SPLIT: ([text, by = "','"]) => `string_split(${text}, ${by})`,
  FORMAT: (args) => `printf(${args.join(', ')})`,
  // DuckDB gives hex digits where BigQuery gives bytes
  MD5: ([text]) => `unhex(md5(${text}))`,
  SHA256: ([text]) => `unhex(sha256(${text}))`,
  SAFE_CONVERT_BYTES_TO_STRING: ([bytes]) => `decode(${bytes}, 'replace')`,
  FARM_FINGERPRINT: ([value]) => farmFingerprintCall(value!),
  TO_HEX: ([bytes]) => `lower(hex(${bytes}))`,
  GENERATE_ARRAY: (args) => `generate_series(${args.join(', ')})`,
  REGEXP_EXTRACT: ([text, pattern]) =>
    `(CASE WHEN regexp_matches(${text}, ${pattern}) THEN regexp_extract(${text}, ${pattern}, ${groupOf(pattern!)}) END)`,
  REGEXP_EXTRACT_ALL: ([text, pattern]) => `regexp_extract_all(${text}, ${pattern}, ${groupOf(pattern!)})`,
  REGEXP_REPLACE: ([text, pattern, by]) => `regexp_replace(${text}, ${pattern}, ${by}, 'g')`,

  JSON_VALUE: jsonScalar,
  JSON_EXTRACT_SCALAR: jsonScalar,
  JSON_QUERY: ([json, path = "'$'"]) => `json_extract(${json}, ${path})`,
  JSON_EXTRACT: ([json, path = "'$'"]) => `json_extract(${json}, ${path})`,
  JSON_QUERY_ARRAY: ([json, path = "'$'"]) => `CAST(json_extract(${json}, ${path}) AS JSON[])`,
  JSON_KEYS: ([json]) => `json_keys(${json})`,
  JSON_TYPE: ([json]) => `lower(json_type(${json}))`,
  PARSE_JSON: ([text]) => parseJsonCall(text!),
  TO_JSON: ([value]) => `to_json(${value})`,
  TO_JSON_STRING: ([value]) => `CAST(to_json(${value}) AS VARCHAR)`,

  CURRENT_TIMESTAMP: () => 'CAST(now() AS TIMESTAMPTZ)',
  CURRENT_DATE: () => 'CAST(now() AS DATE)',
  CURRENT_DATETIME: () => 'CAST(now() AS TIMESTAMP)',
  DATE: dateOf,
  DATETIME: ([value]) => `CAST(${value} AS TIMESTAMP)`,
  TIMESTAMP: ([value]) => `CAST(${value} AS TIMESTAMPTZ)`,
  TIME: ([value]) => `CAST(${value} AS TIME)`,
  TIMESTAMP_ADD: ([time, interval]) => `(${time} + ${interval})`,
  TIMESTAMP_SUB: ([time, interval]) => `(${time} - ${interval})`,
  DATETIME_ADD: ([time, interval]) => `(${time} + ${interval})`,
  DATETIME_SUB: ([time, interval]) => `(${time} - ${interval})`,
  DATE_ADD: ([day, interval]) => `CAST(${day} + ${interval} AS DATE)`,
  DATE_SUB: ([day, interval]) => `CAST(${day} - ${interval} AS DATE)`,
  // whole units between two timestamps, but boundaries crossed between two dates
  TIMESTAMP_DIFF: ([a, b, part]) => `date_sub(${partText(part)}, ${b}, ${a})`,
  DATETIME_DIFF: ([a, b, part]) => `date_diff(${partText(part)}, ${b}, ${a})`,
  DATE_DIFF: ([a, b, part]) => `date_diff(${partText(part)}, ${b}, ${a})`,
  TIMESTAMP_TRUNC: ([time, part]) => `date_trunc(${partText(part)}, ${time})`,
  DATETIME_TRUNC: ([time, part]) => `date_trunc(${partText(part)}, ${time})`,
  DATE_TRUNC: ([day, part]) => `CAST(date_trunc(${partText(part)}, ${day}) AS DATE)`,
  FORMAT_TIMESTAMP: ([format, time]) => `strftime(${time}, ${format})`,
  FORMAT_DATE: ([format, day]) => `strftime(${day}, ${format})`,
  FORMAT_DATETIME: ([format, time]) => `strftime(${time}, ${format})`,
  PARSE_TIMESTAMP: ([format, text]) => `CAST(strptime(${text}, ${format}) AS TIMESTAMPTZ)`,
  PARSE_DATE: ([format, text]) => `CAST(strptime(${text}, ${format}) AS DATE)`,
  UNIX_SECONDS: ([time]) => `CAST(floor(epoch(${time})) AS BIGINT)`,
  UNIX_DATE: ([day]) => `date_diff('day', DATE '1970-01-01', ${day})`,
  TIMESTAMP_SECONDS: ([value]) => `to_timestamp(${value})`,
  TIMESTAMP_MILLIS: ([value]) => `make_timestamptz(CAST(${value} AS BIGINT) * 1000)`,
  TIMESTAMP_MICROS: ([value]) => `make_timestamptz(CAST(${value} AS BIGINT))`,
}

const FUNCTIONS = new Map<string, Rewrite>([
  ...SAME.map((name): [string, Rewrite] => [name, (args) => `${name.toLowerCase()}(${args.join(', ')})`]),
  ...Object.entries(RENAMED).map(([name, duck]): [string, Rewrite] => [
    name,
    (args) => `${duck}(${args.join(', ')})`,
  ]),
  ...Object.entries(REWRITTEN),
])

/** @throws BigQueryError invalidQuery for a function that is not known here: better no answer than a wrong one */
export function rewriteCall(name: string, args: readonly string[]): string {
  const rewrite = FUNCTIONS.get(name)
  if (!rewrite) throw functionNotFound(name)
  return rewrite(args, name)
}

export function functionNotFound(name: string): BigQueryError {
  return new BigQueryError(
    'invalidQuery',
    `Function not found: ${name} (local-cloud knows those of its SUPPORT.md)`,
  )
}

/** Every function that is known, in the order of the alphabet. */
export function knownFunctions(): string[] {
  return [...FUNCTIONS.keys()].toSorted()
}

const PARTS = new Set([
  'MICROSECOND',
  'MILLISECOND',
  'SECOND',
  'MINUTE',
  'HOUR',
  'DAY',
  'MONTH',
  'QUARTER',
  'YEAR',
  'ISOWEEK',
])

function partText(part: string | undefined): string {
  const name = (part ?? '').replaceAll('"', '').toUpperCase()
  // WEEK begins on Sunday in BigQuery and on Monday in DuckDB
  if (!PARTS.has(name)) throw notImplemented(`the date part ${name || '(none)'}`)
  return `'${name === 'ISOWEEK' ? 'week' : name.toLowerCase()}'`
}

function dateOf(args: readonly string[]): string {
  if (args.length === 3) return `make_date(${args.join(', ')})`
  if (args.length === 2) return `CAST(timezone(${args[1]}, ${args[0]}) AS DATE)`
  return `CAST(${args[0]} AS DATE)`
}

/** NULL for an object or an array, which DuckDB's ->> would give as text. */
function jsonScalar([json, path = "'$'"]: readonly string[]): string {
  return `(CASE WHEN json_type(${json}, ${path}) IN ('OBJECT', 'ARRAY') THEN NULL ELSE json_extract_string(${json}, ${path}) END)`
}

/** NULL when any argument is, where DuckDB would leave it out. */
function unlessNull(args: readonly string[], name: string): string {
  const anyNull = args.map((arg) => `${arg} IS NULL`).join(' OR ')
  return `(CASE WHEN ${anyNull} THEN NULL ELSE ${name.toLowerCase()}(${args.join(', ')}) END)`
}

/** BigQuery gives the first group where a pattern has one, the whole match else. */
function groupOf(pattern: string): 0 | 1 {
  return /(?<!\\)\((?!\?[:=!])/.test(pattern) ? 1 : 0
}
