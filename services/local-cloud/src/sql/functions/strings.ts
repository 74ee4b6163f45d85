import { BigQueryError } from '../../bigquery/errors.ts'
import { quoteText } from '../../bigquery/values/fields.ts'
import { SESSION_USER } from '../../bigquery/session-user.ts'
import { farmFingerprintCall } from '../farm-fingerprint.ts'
import { fail } from '../fail.ts'
import { textOfBytesCall } from '../duck/text-of-bytes.ts'
import { textOf } from '../typing/casts.ts'
import { formatArgument } from './format-argument.ts'
import type { SqlType } from '../typing/sql-type.ts'
import { holdsText } from './contains-text.ts'
import { signatures } from './signature.ts'

const notNegative = (name: string, size: string, sql: string, type = 'VARCHAR'): string =>
  `(CASE WHEN ${size} < 0 THEN ${fail(`'${name}: the length must not be negative'`, type)} ELSE ${sql} END)`

/** A distance, or the largest one that is asked for. */
const nearest = (distance: string): string =>
  `(CASE WHEN $3 < 0 THEN ${fail(`'EDIT_DISTANCE: max_distance must not be negative'`, 'BIGINT')} WHEN $3 IS NULL THEN NULL ELSE least(${distance}, $3) END)`

/** A place of 0 is 1; one before the text is its begin. */
const START = '(CASE WHEN $2 = 0 THEN 1 WHEN $2 < -length($1) THEN 1 ELSE $2 END)'

const BYTE_START =
  '(CASE WHEN $2 > 0 THEN $2 WHEN $2 = 0 OR $2 < -octet_length($1) THEN 1 ELSE octet_length($1) + $2 + 1 END)'

/** What TRIM takes off: RE2's \\s knows neither of the two. */
const WHITE = String.raw`[\s\x0B\x{85}\p{Z}]`

/** Behind each of these a word begins, and behind white space. */
const BETWEEN_WORDS = ' \t\n\v\f\r[](){}/|\\<>!?@"^#$&~_,.:;*%+-'

/** What CONCAT makes of a value. @throws BigQueryError for one that has no text */
function concatenated(sql: string, type: SqlType): string {
  if (type.kind !== 'BYTES') return textOf({ sql, type })
  throw new BigQueryError(
    'invalidQuery',
    'No matching signature for function CONCAT: BYTES beside another type',
  )
}

export const STRINGS = signatures({
  // what is not ASCII may have more letters in the other case
  'UPPER(STRING) STRING': '(CASE WHEN length($1) = strlen($1) THEN upper($1) ELSE upper_case($1) END)',
  'LOWER(STRING) STRING': '(CASE WHEN length($1) = strlen($1) THEN lower($1) ELSE lower_case($1) END)',
  'INITCAP(STRING) STRING': `initial_capitals($1, ${quoteText(BETWEEN_WORDS)})`,
  'INITCAP(STRING, STRING) STRING': 'initial_capitals($1, $2)',
  'LENGTH(STRING) INT64': 'length($1)',
  'LENGTH(BYTES) INT64': 'octet_length($1)',
  'CHAR_LENGTH(STRING) INT64': 'length($1)',
  'CHARACTER_LENGTH(STRING) INT64': 'length($1)',
  'BYTE_LENGTH(STRING) INT64': 'strlen($1)',
  'BYTE_LENGTH(BYTES) INT64': 'octet_length($1)',
  'OCTET_LENGTH(STRING) INT64': 'strlen($1)',
  'OCTET_LENGTH(BYTES) INT64': 'octet_length($1)',
  'CONCAT(STRING, STRING...) STRING': (args) => `(${args.join(' || ')})`,
  'CONCAT(BYTES, BYTES...) BYTES': (args) => `(${args.join(' || ')})`,
  'CONCAT(ANY...) STRING': (args, types) =>
    `(${args.map((sql, index) => concatenated(sql, types[index]!)).join(' || ')})`,
  'TRIM(STRING) STRING': `regexp_replace($1, '^${WHITE}+|${WHITE}+$', '', 'g')`,
  'TRIM(STRING, STRING) STRING': 'trim($1, $2)',
  'LTRIM(STRING) STRING': `regexp_replace($1, '^${WHITE}+', '')`,
  'LTRIM(STRING, STRING) STRING': 'ltrim($1, $2)',
  'RTRIM(STRING) STRING': `regexp_replace($1, '${WHITE}+$', '')`,
  'RTRIM(STRING, STRING) STRING': 'rtrim($1, $2)',
  'LEFT(STRING, INT64) STRING': notNegative('LEFT', '$2', 'left($1, $2)'),
  'RIGHT(STRING, INT64) STRING': notNegative('RIGHT', '$2', 'right($1, $2)'),
  'REPEAT(STRING, INT64) STRING': notNegative('REPEAT', '$2', 'repeat($1, $2)'),
  'REPLACE(STRING, STRING, STRING) STRING': `(CASE WHEN $2 = '' AND $3 IS NOT NULL THEN $1 ELSE replace($1, $2, $3) END)`,
  // character by character, where DuckDB keeps those together that are shown as one
  'REVERSE(STRING) STRING': '(CASE WHEN length($1) = strlen($1) THEN reverse($1) ELSE reverse_text($1) END)',
  'LPAD(STRING, INT64) STRING': notNegative('LPAD', '$2', `lpad($1, CAST($2 AS INTEGER), ' ')`),
  'LPAD(STRING, INT64, STRING) STRING': notNegative('LPAD', '$2', 'lpad($1, CAST($2 AS INTEGER), $3)'),
  'RPAD(STRING, INT64) STRING': notNegative('RPAD', '$2', `rpad($1, CAST($2 AS INTEGER), ' ')`),
  'RPAD(STRING, INT64, STRING) STRING': notNegative('RPAD', '$2', 'rpad($1, CAST($2 AS INTEGER), $3)'),
  ...Object.fromEntries(
    ['SUBSTR', 'SUBSTRING'].flatMap((name) => [
      [`${name}(STRING, INT64) STRING`, `substr($1, ${START})`],
      [
        `${name}(STRING, INT64, INT64) STRING`,
        `(CASE WHEN $3 < 0 THEN ${fail(`'Third argument in SUBSTR() cannot be negative'`, 'VARCHAR')} ELSE substr($1, ${START}, $3) END)`,
      ],
    ]),
  ),
  'STARTS_WITH(STRING, STRING) BOOL': 'starts_with($1, $2)',
  'ENDS_WITH(STRING, STRING) BOOL': 'suffix($1, $2)',
  'STARTS_WITH(BYTES, BYTES) BOOL': 'starts_with(hex($1), hex($2))',
  'ENDS_WITH(BYTES, BYTES) BOOL': 'suffix(hex($1), hex($2))',
  'STRPOS(STRING, STRING) INT64': 'strpos($1, $2)',
  'INSTR(STRING, STRING) INT64': 'strpos($1, $2)',
  'INSTR(STRING, STRING, INT64) INT64': 'place_of_text($1, $2, $3, CAST(1 AS BIGINT))',
  'INSTR(STRING, STRING, INT64, INT64) INT64': 'place_of_text($1, $2, $3, $4)',
  'SUBSTR(BYTES, INT64) BYTES': `unhex(substr(hex($1), 2 * ${BYTE_START} - 1))`,
  'SUBSTR(BYTES, INT64, INT64) BYTES': `(CASE WHEN $3 < 0 THEN ${fail(`'Third argument in SUBSTR() cannot be negative'`, 'BLOB')} ELSE unhex(substr(hex($1), 2 * ${BYTE_START} - 1, 2 * $3)) END)`,
  'LEFT(BYTES, INT64) BYTES': notNegative('LEFT', '$2', 'unhex(left(hex($1), 2 * $2))', 'BLOB'),
  'RIGHT(BYTES, INT64) BYTES': notNegative('RIGHT', '$2', 'unhex(right(hex($1), 2 * $2))', 'BLOB'),
  'NORMALIZE(STRING) STRING': `normalized($1, 'NFC')`,
  'NORMALIZE(STRING, PART) STRING': `normalized($1, '$2')`,
  'NORMALIZE_AND_CASEFOLD(STRING) STRING': `case_folded($1, 'NFC')`,
  'NORMALIZE_AND_CASEFOLD(STRING, PART) STRING': `case_folded($1, '$2')`,
  'CONTAINS_SUBSTR(ANY, STRING) BOOL': ([value, part], [type]) => {
    const none = fail(`'CONTAINS_SUBSTR: the text to search for must not be NULL'`, 'BOOLEAN')
    return `(CASE WHEN ${part} IS NULL THEN ${none} ELSE ${holdsText({ sql: value!, type: type! }, part!)} END)`
  },
  'SESSION_USER() STRING': `'${SESSION_USER}'`,
  'SOUNDEX(STRING) STRING': 'soundex($1)',
  'EDIT_DISTANCE(STRING, STRING) INT64': 'edit_distance_of($1, $2)',
  'EDIT_DISTANCE(STRING, STRING, INT64) INT64': nearest('edit_distance_of($1, $2)'),
  'EDIT_DISTANCE(BYTES, BYTES) INT64': 'edit_distance_of_bytes($1, $2)',
  'EDIT_DISTANCE(BYTES, BYTES, INT64) INT64': nearest('edit_distance_of_bytes($1, $2)'),
  'TO_BASE32(BYTES) STRING': 'to_base32($1)',
  'TO_CODE_POINTS(STRING) ARRAY<INT64>': 'code_points($1)',
  'CODE_POINTS_TO_STRING(ARRAY<INT64>) STRING': 'text_of_code_points($1)',
  'ASCII(STRING) INT64': `(CASE WHEN $1 = '' THEN 0 WHEN unicode($1) > 127 THEN ${fail(`'Argument to ASCII is not a structurally valid ASCII string: ''' || $1 || ''''`, 'BIGINT')} ELSE CAST(unicode($1) AS BIGINT) END)`,
  'ASCII(BYTES) INT64': `(CASE WHEN octet_length($1) = 0 THEN 0 ELSE CAST('0x' || substr(hex($1), 1, 2) AS BIGINT) END)`,
  'UNICODE(STRING) INT64': `(CASE WHEN $1 = '' THEN 0 ELSE CAST(unicode($1) AS BIGINT) END)`,
  'CHR(INT64) STRING': `(CASE WHEN $1 = 0 THEN chr(0) WHEN $1 IS NOT NULL THEN text_of_code_points([$1]) END)`,
  'SPLIT(STRING) ARRAY<STRING>': `string_split($1, ',')`,
  'SPLIT(STRING, STRING) ARRAY<STRING>': `(CASE WHEN $2 IS NULL THEN NULL WHEN $1 = '' THEN [''] WHEN $2 = '' THEN characters_of($1) ELSE string_split($1, $2) END)`,
  'TRANSLATE(STRING, STRING, STRING) STRING': 'translated($1, $2, $3)',
  'TO_BASE64(BYTES) STRING': 'to_base64($1)',
  'FROM_BASE64(STRING) BYTES': 'from_base64($1)',
  'TO_HEX(BYTES) STRING': 'lower(hex($1))',
  'FROM_HEX(STRING) BYTES': 'unhex($1)',
  'MD5(STRING) BYTES': 'unhex(md5($1))',
  'MD5(BYTES) BYTES': 'unhex(md5($1))',
  'SHA1(STRING) BYTES': 'unhex(sha1($1))',
  'SHA1(BYTES) BYTES': 'unhex(sha1($1))',
  'SHA256(STRING) BYTES': 'unhex(sha256($1))',
  'SHA256(BYTES) BYTES': 'unhex(sha256($1))',
  'FARM_FINGERPRINT(STRING) INT64': ([text]) => farmFingerprintCall(text!),
  'FARM_FINGERPRINT(BYTES) INT64': ([bytes]) => farmFingerprintCall(bytes!),
  'SAFE_CONVERT_BYTES_TO_STRING(BYTES) STRING': ([bytes]) => textOfBytesCall(bytes!),
  'FORMAT(STRING) STRING': `format_text($1, '', CAST([] AS VARCHAR[]))`,
  'FORMAT(STRING, ANY...) STRING': ([format, ...args], [, ...types]) => {
    const texts = args.map((sql, index) => formatArgument({ sql, type: types[index]! }))
    return `format_text(${format}, '${types.map(({ kind }) => kind).join(' ')}', [${texts.join(', ')}])`
  },
})
