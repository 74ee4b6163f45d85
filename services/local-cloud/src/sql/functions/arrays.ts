import { fail } from '../duck/fail.ts'
import { textOf } from '../resolve/casts.ts'
import { signatures, type Template } from './signature.ts'

const joined: Template = ([array, separator, ifNull], [type]) => {
  const item = textOf({ sql: 'each_item', type: type!.element! })
  const shown = ifNull === undefined ? item : `coalesce(${item}, ${ifNull})`
  return `array_to_string(list_transform(${array}, lambda each_item: ${shown}), ${separator})`
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
  'ARRAY_FIRST(ARRAY<T>) T': `list_extract($1, 1)`,
  'ARRAY_LAST(ARRAY<T>) T': `list_extract($1, -1)`,
  'GENERATE_ARRAY(INT64, INT64) ARRAY<INT64>': 'generate_series($1, $2)',
  'GENERATE_ARRAY(INT64, INT64, INT64) ARRAY<INT64>': steps('BIGINT[]'),
  'GENERATE_ARRAY(FLOAT64, FLOAT64) ARRAY<FLOAT64>': `list_transform(generate_series(0, CAST(floor($2 - $1) AS BIGINT)), lambda each_item: $1 + each_item)`,
  'GENERATE_ARRAY(FLOAT64, FLOAT64, FLOAT64) ARRAY<FLOAT64>': `list_transform(generate_series(0, CAST(floor(($2 - $1) / $3) AS BIGINT)), lambda each_item: $1 + each_item * $3)`,
  'GENERATE_DATE_ARRAY(DATE, DATE) ARRAY<DATE>': `CAST(generate_series(CAST($1 AS TIMESTAMP), CAST($2 AS TIMESTAMP), INTERVAL 1 DAY) AS DATE[])`,
  'GENERATE_DATE_ARRAY(DATE, DATE, INTERVAL) ARRAY<DATE>': `CAST(generate_series(CAST($1 AS TIMESTAMP), CAST($2 AS TIMESTAMP), $3) AS DATE[])`,
  'GENERATE_TIMESTAMP_ARRAY(TIMESTAMP, TIMESTAMP, INTERVAL) ARRAY<TIMESTAMP>': 'generate_series($1, $2, $3)',
})
