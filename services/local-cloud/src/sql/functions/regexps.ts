import { BigQueryError, notImplemented } from '../../bigquery/errors.ts'
import { quoteText } from '../../bigquery/values/fields.ts'
import { checkedRewrite, groupOf, looksBack } from '../duck/regexp-functions.ts'
import { signatures, type Template } from './signature.ts'

/** @throws BigQueryError invalidQuery for a pattern with several groups */
function group(pattern: string): number {
  try {
    return groupOf(pattern)
  } catch (error) {
    throw new BigQueryError('invalidQuery', (error as Error).message, { cause: error })
  }
}

function checkRewrite(pattern: string, by: string): void {
  try {
    checkedRewrite(pattern, by)
  } catch (error) {
    throw new BigQueryError('invalidQuery', (error as Error).message, { cause: error })
  }
}

/** All that is found from a position on. The group of a pattern that no literal says is looked up for each row. */
function allFound(text: string, pattern: string, position: string, occurrence: string): string {
  const from = `substr(${text}, ${position})`
  const found = (which: number) => allIn(from, pattern, which)
  return `(CASE WHEN ${position} <= length(${text}) + 1 THEN CASE group_of_pattern(${pattern}, ${position}, ${occurrence}) WHEN 0 THEN ${found(0)} WHEN 1 THEN ${found(1)} END END)`
}

/**
 * DuckDB finds what is empty behind the last character, too, which GoogleSQL does not. What a pattern has there is what is left to it where
 * as much as may be stands before it.
 */
function allIn(text: string, pattern: string, which: number): string {
  const all = `regexp_extract_all(${text}, ${pattern}, ${which})`
  const atEnd = `'\\A(?s:.*)(' || ${pattern} || ')\\z'`
  const isEmpty = `regexp_matches(${text}, ${atEnd}) AND regexp_extract(${text}, ${atEnd}, 1) = ''`
  return `(CASE WHEN ${text} <> '' AND coalesce(list_extract(${all}, -1), '') = '' AND ${isEmpty} THEN list_slice(${all}, 1, -2) ELSE ${all} END)`
}

/** Of a group that took no part there is an empty text. */
const withTexts = (list: string): string =>
  `list_transform(${list}, lambda each_item: coalesce(each_item, ''))`

const ofLiteral: Template = ([text, pattern]) => {
  const quoted = quoteText(pattern!)
  const which = group(pattern!)
  const found = `regexp_extract(${text}, ${quoted}, ${which})`
  // empty, or no part of the match at all
  const none =
    which === 0 ? '' : `WHEN ${found} = '' THEN list_extract(regexp_extract_all(${text}, ${quoted}, 1), 1) `
  return `(CASE WHEN regexp_matches(${text}, ${quoted}) THEN CASE ${none}WHEN TRUE THEN ${found} END END)`
}
const ofLiteralAt: Template = ([text, pattern, position = '1', occurrence = '1']) => {
  if (looksBack(pattern!) && position !== 'CAST(1 AS BIGINT)')
    throw notImplemented('REGEXP_EXTRACT with a position and a pattern that asks for what stands before it')
  group(pattern!)
  return `list_extract(${allFound(text!, quoteText(pattern!), position, occurrence)}, ${occurrence})`
}
const ofAny: Template = ([text, pattern, position = 'CAST(1 AS BIGINT)', occurrence = 'CAST(1 AS BIGINT)']) =>
  `(CASE WHEN ${occurrence} IS NOT NULL THEN list_extract(${allFound(text!, pattern!, position, occurrence)}, ${occurrence}) END)`

const placeOf: Template = ([
  text,
  pattern,
  position = 'CAST(1 AS BIGINT)',
  occurrence = 'CAST(1 AS BIGINT)',
  end = 'CAST(0 AS BIGINT)',
]) => {
  const from = `substr(${text}, ${position})`
  const whole = `pattern_of_place(${pattern}, ${occurrence})`
  const size = (which: number) => `length(regexp_extract(${from}, ${whole}, ${which}))`
  const anyNull = [text, pattern, position, occurrence, end].map((each) => `${each} IS NULL`).join(' OR ')
  const found = `regexp_extract_all(${from}, ${pattern}, 0)`
  const wrongEnd = `CAST(fail_with('REGEXP_INSTR: the occurrence position must be 0 or 1') AS BIGINT)`
  const empty = `CAST(fail_with('local-cloud knows no REGEXP_INSTR of a pattern that matches nothing at all') AS BIGINT)`
  return `(CASE WHEN ${anyNull} THEN NULL WHEN ${end} NOT IN (0, 1) THEN ${wrongEnd}
    WHEN ${pattern} = '' OR group_of_pattern(${pattern}, ${position}, ${occurrence}) < 0 OR len(${found}) < ${occurrence} THEN 0
    WHEN list_contains(list_slice(${found}, 1, ${occurrence}), '') THEN ${empty}
    ELSE ${size(1)} + ${position} + (CASE WHEN ${end} = 1 THEN ${size(2)} ELSE 0 END) END)`
}

const extracting = (name: string): Readonly<Record<string, Template>> => ({
  [`${name}(STRING, TEXT) STRING`]: ofLiteral,
  [`${name}(STRING, TEXT, INT64) STRING`]: ofLiteralAt,
  [`${name}(STRING, TEXT, INT64, INT64) STRING`]: ofLiteralAt,
  [`${name}(STRING, STRING) STRING`]: ofAny,
  [`${name}(STRING, STRING, INT64) STRING`]: ofAny,
  [`${name}(STRING, STRING, INT64, INT64) STRING`]: ofAny,
})

/** Regular expressions of STRING. */
export const REGEXPS = signatures({
  'REGEXP_CONTAINS(STRING, STRING) BOOL': 'regexp_matches($1, $2)',
  ...extracting('REGEXP_EXTRACT'),
  ...extracting('REGEXP_SUBSTR'),
  'REGEXP_EXTRACT_ALL(STRING, TEXT) ARRAY<STRING>': ([text, pattern]) =>
    withTexts(allIn(text!, quoteText(pattern!), group(pattern!))),
  'REGEXP_EXTRACT_ALL(STRING, STRING) ARRAY<STRING>': ([text, pattern]) =>
    withTexts(allFound(text!, pattern!, 'CAST(1 AS BIGINT)', 'CAST(1 AS BIGINT)')),
  'REGEXP_REPLACE(STRING, TEXT, TEXT) STRING': ([text, pattern, by]) => {
    checkRewrite(pattern!, by!)
    return `regexp_replace(${text}, ${quoteText(pattern!)}, ${quoteText(by!)}, 'g')`
  },
  'REGEXP_REPLACE(STRING, STRING, STRING) STRING': `regexp_replace($1, $2, checked_rewrite($2, $3), 'g')`,
  'REGEXP_INSTR(STRING, STRING) INT64': placeOf,
  'REGEXP_INSTR(STRING, STRING, INT64) INT64': placeOf,
  'REGEXP_INSTR(STRING, STRING, INT64, INT64) INT64': placeOf,
  'REGEXP_INSTR(STRING, STRING, INT64, INT64, INT64) INT64': placeOf,
})
