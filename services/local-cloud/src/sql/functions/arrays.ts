import { quoteText } from '../../bigquery/values/fields.ts'
import { fail } from '../fail.ts'
import { checkInterval } from '../typing/intervals.ts'
import { duckDb, spelling } from '../typing/sql-type.ts'
import { distanceOf } from './distances.ts'
import { signatures, type Template } from './signature.ts'

/** Of BYTES the hexadecimal digits are joined. DuckDB has NULL for what has no element that is left. */
const joined: Template = ([array, separator, ifNull], [type]) => {
  const isBytes = type!.element!.kind === 'BYTES'
  const text = (sql: string): string => (isBytes ? `hex(${sql})` : sql)
  const item = text('each_item')
  const shown = ifNull === undefined ? item : `coalesce(${item}, ${text(ifNull)})`
  const all = `array_to_string(list_transform(${array}, lambda each_item: ${shown}), ${text(separator!)})`
  const made = `coalesce(${all}, '')`
  const anyNull = [array, separator, ...(ifNull === undefined ? [] : [ifNull])].map((sql) => `${sql} IS NULL`)
  return `(CASE WHEN ${anyNull.join(' OR ')} THEN NULL ELSE ${isBytes ? `unhex(${made})` : made} END)`
}
const ofFilled =
  (name: string, place: number): Template =>
  ([array], [type]) =>
    `(CASE WHEN len(${array}) = 0 THEN ${fail(`'${name} cannot get an element of an empty array'`, duckDb(type!.element!))} ELSE list_extract(${array}, ${place}) END)`
/** Each is so many steps behind the first one: the last of January and a month is the last of February, two months the last of March. */
const dates: Template = ([first, last, step], _types, [, , part]) => {
  checkInterval('DATE', part, 'GENERATE_DATE_ARRAY')
  const all = `list_transform(generate_series(0, abs(date_diff('day', ${first}, ${last}))), lambda n: CAST(${first} + n * ${step} AS DATE))`
  const isIn = `CASE WHEN ${first} + ${step} > ${first} THEN each_day BETWEEN ${first} AND ${last} ELSE each_day BETWEEN ${last} AND ${first} END`
  const zero = `CASE WHEN ${first} + ${step} = ${first} THEN ${fail(`'Sequence step cannot be 0.'`, 'DATE[]')} ELSE`
  return `(${zero} list_filter(${all}, lambda each_day: ${isIn}) END)`
}
/** What is before the begin is its first place; what is behind the end is nothing (array functions: ARRAY_SLICE). */
const sliced: Template = ([array, from, to]) => {
  const place = (offset: string) =>
    `(CASE WHEN ${offset} < 0 THEN len(${array}) + ${offset} ELSE ${offset} END)`
  const inside = `list_slice(${array}, greatest(${place(from!)}, 0) + 1, least(${place(to!)} + 1, len(${array})))`
  const isNone = `len(${array}) = 0 OR ${place(to!)} < 0 OR ${place(from!)} >= len(${array}) OR ${place(from!)} > ${place(to!)}`
  const isNull = [array, from, to].map((sql) => `${sql} IS NULL`).join(' OR ')
  return `(CASE WHEN ${isNull} THEN NULL WHEN ${isNone} THEN list_slice(${array}, 1, 0) ELSE ${inside} END)`
}
const steps = (type: string): string =>
  `(CASE WHEN $3 = 0 THEN ${fail(`'Sequence step cannot be 0.'`, type)} ELSE generate_series($1, $2, $3) END)`

export const ARRAYS = signatures({
  'ARRAY_LENGTH(ARRAY<T>) INT64': 'len($1)',
  'ARRAY_REVERSE(ARRAY<T>) ARRAY<T>': 'list_reverse($1)',
  'ARRAY_CONCAT(ARRAY<T>, ARRAY<T>...) ARRAY<T>': (args) =>
    `(CASE WHEN ${args.map((arg) => `${arg} IS NULL`).join(' OR ')} THEN NULL ELSE ${args.reduce((all, arg) => `list_concat(${all}, ${arg})`)} END)`,
  'ARRAY_TO_STRING(ARRAY<STRING>, STRING) STRING': joined,
  'ARRAY_TO_STRING(ARRAY<STRING>, STRING, STRING) STRING': joined,
  'ARRAY_TO_STRING(ARRAY<BYTES>, BYTES) BYTES': joined,
  'ARRAY_TO_STRING(ARRAY<BYTES>, BYTES, BYTES) BYTES': joined,
  'ARRAY_FIRST(ARRAY<T>) T': ofFilled('ARRAY_FIRST', 1),
  'ARRAY_LAST(ARRAY<T>) T': ofFilled('ARRAY_LAST', -1),
  'ARRAY_SLICE(ARRAY<T>, INT64, INT64) ARRAY<T>': sliced,
  'COSINE_DISTANCE(ANY, ANY) FLOAT64': distanceOf('COSINE_DISTANCE'),
  'EUCLIDEAN_DISTANCE(ANY, ANY) FLOAT64': distanceOf('EUCLIDEAN_DISTANCE'),
  'TYPEOF(ANY) STRING': ([sql], [type]) => {
    const text = quoteText(spelling(type!))
    return `(CASE WHEN ${sql} IS NULL THEN ${text} ELSE ${text} END)`
  },
  'GENERATE_ARRAY(INT64, INT64) ARRAY<INT64>': 'generate_series($1, $2)',
  'GENERATE_ARRAY(INT64, INT64, INT64) ARRAY<INT64>': steps('BIGINT[]'),
  'GENERATE_ARRAY(FLOAT64, FLOAT64) ARRAY<FLOAT64>': `list_transform(generate_series(0, CAST(floor($2 - $1) AS BIGINT)), lambda each_item: $1 + each_item)`,
  'GENERATE_ARRAY(FLOAT64, FLOAT64, FLOAT64) ARRAY<FLOAT64>': `list_transform(generate_series(0, CAST(floor(($2 - $1) / $3) AS BIGINT)), lambda each_item: $1 + each_item * $3)`,
  'GENERATE_DATE_ARRAY(DATE, DATE) ARRAY<DATE>': `CAST(generate_series(CAST($1 AS TIMESTAMP), CAST($2 AS TIMESTAMP), INTERVAL 1 DAY) AS DATE[])`,
  'GENERATE_DATE_ARRAY(DATE, DATE, INTERVAL) ARRAY<DATE>': dates,
  'GENERATE_TIMESTAMP_ARRAY(TIMESTAMP, TIMESTAMP, INTERVAL) ARRAY<TIMESTAMP>': (
    [first, last, step],
    _types,
    [, , part],
  ) => {
    checkInterval('TIMESTAMP', part, 'GENERATE_TIMESTAMP_ARRAY')
    return `(CASE WHEN ${first} + ${step} = ${first} THEN ${fail(`'Sequence step cannot be 0.'`, 'TIMESTAMPTZ[]')} ELSE generate_series(${first}, ${last}, ${step}) END)`
  },
})
