import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DOUBLE,
  LIST,
  listValue,
  VARCHAR,
  type DuckDBListValue,
  type DuckDBScalarFunction,
} from '@duckdb/node-api'
import { formatTime } from '../time/format-time.ts'
import { parseTime } from '../time/parse-time.ts'
import { microsOf, utcOf } from '../time/read-time.ts'
import { zoneOffset } from '../time/zones.ts'
import { bigNumericFunctions } from './big-arithmetic.ts'
import { bytesFunctions } from './bytes-functions.ts'
import { distanceFunctions } from './distance-functions.ts'
import { failFunction } from '../fail.ts'
import { formatText } from './format-text.ts'
import type { Half } from './decimal.ts'
import { decimalText, divideFloats, divideNumbers, finite, roundFloat, roundNumber } from './numbers.ts'
import { geographyFunctions } from './geography-functions.ts'
import { jsonEditFunctions } from './json-edits.ts'
import { keysInJson } from './json-keys.ts'
import { jsonOfString, jsonOfText } from './json-of-text.ts'
import {
  caseFolded,
  codePoints,
  editDistance,
  initialCapitals,
  placeOfText,
  soundex,
  textOfCodePoints,
  toBase32,
  translated,
} from './text-functions.ts'
import { jsonItems, longJsonQuery, longJsonValue, lowerEscapes } from './long-json.ts'
import { rangeFunctions } from './range-functions.ts'
import { intervalFunctions } from './interval-functions.ts'
import { ipFunctions } from './ip-functions.ts'
import { regexpFunctions } from './regexp-functions.ts'
import { blob, bytesOf } from './bytes.ts'
import { scalarFunction } from './scalar-function.ts'
import { numberInJson } from './number-in-json.ts'
import { plainNumber } from './parse-number.ts'
import { prettyJson } from './pretty-json.ts'
import { sketchFunctions } from './sketch-functions.ts'
import { utf8OfBytes } from './text-of-bytes.ts'
import { textOfFloat } from './text-of-float.ts'
import { urlFunctions } from './url-hosts.ts'

/** What DuckDB lacks of GoogleSQL, but for CAST with FORMAT and the analysis of texts. */
export function plainFunctions(): DuckDBScalarFunction[] {
  return [
    failFunction(),
    ...bigNumericFunctions(),
    ...bytesFunctions(),
    ...distanceFunctions(),
    ...geographyFunctions(),
    ...intervalFunctions(),
    ...rangeFunctions(),
    ...ipFunctions(),
    ...jsonEditFunctions(),
    ...regexpFunctions(),
    ...sketchFunctions(),
    ...urlFunctions(),
    scalarFunction(
      'plain_number',
      [VARCHAR, VARCHAR, BIGINT, BIGINT],
      VARCHAR,
      (type, text, digits, isLoose) =>
        plainNumber(type as string, text as string, Number(digits), isLoose === 1n),
    ),
    scalarFunction('text_of_float', [DOUBLE], VARCHAR, (value) => textOfFloat(value as number)),
    scalarFunction(
      'place_of_text',
      [VARCHAR, VARCHAR, BIGINT, BIGINT],
      BIGINT,
      (text, part, position, occurrence) =>
        placeOfText(text as string, part as string, position as bigint, occurrence as bigint),
    ),
    scalarFunction('upper_case', [VARCHAR], VARCHAR, (text) => (text as string).toUpperCase()),
    scalarFunction('lower_case', [VARCHAR], VARCHAR, (text) => (text as string).toLowerCase()),
    scalarFunction('normalized', [VARCHAR, VARCHAR], VARCHAR, (text, form) =>
      (text as string).normalize(form as string),
    ),
    scalarFunction('case_folded', [VARCHAR, VARCHAR], VARCHAR, (text, form) =>
      caseFolded(text as string, form as string),
    ),
    scalarFunction('initial_capitals', [VARCHAR, VARCHAR], VARCHAR, (text, delimiters) =>
      initialCapitals(text as string, delimiters as string),
    ),
    scalarFunction('reverse_text', [VARCHAR], VARCHAR, (text) =>
      Array.from(text as string)
        .toReversed()
        .join(''),
    ),
    scalarFunction('characters_of', [VARCHAR], LIST(VARCHAR), (text) =>
      listValue(Array.from(text as string)),
    ),
    scalarFunction('translated', [VARCHAR, VARCHAR, VARCHAR], VARCHAR, (text, from, to) =>
      translated(text as string, from as string, to as string),
    ),
    scalarFunction('soundex', [VARCHAR], VARCHAR, (text) => soundex(text as string)),
    scalarFunction('edit_distance_of', [VARCHAR, VARCHAR], BIGINT, (a, b) =>
      editDistance(a as string, b as string),
    ),
    scalarFunction('edit_distance_of_bytes', [BLOB, BLOB], BIGINT, (a, b) =>
      editDistance(bytesOf(a), bytesOf(b)),
    ),
    scalarFunction('to_base32', [BLOB], VARCHAR, (bytes) => toBase32(bytesOf(bytes))),
    scalarFunction('code_points', [VARCHAR], LIST(BIGINT), (text) => listValue(codePoints(text as string))),
    scalarFunction('text_of_code_points', [LIST(BIGINT)], VARCHAR, (points) =>
      textOfCodePoints((points as DuckDBListValue).items as (bigint | null)[]),
    ),
    scalarFunction('number_in_json', [VARCHAR, VARCHAR, VARCHAR], VARCHAR, (text, path, otherwise) =>
      numberInJson(text as string, path as string, otherwise as string),
    ),
    scalarFunction('long_json_value', [VARCHAR, VARCHAR], VARCHAR, (text, steps) =>
      longJsonValue(text as string, JSON.parse(steps as string) as (string | number)[]),
    ),
    scalarFunction('long_json_query', [VARCHAR, VARCHAR], VARCHAR, (text, steps) =>
      longJsonQuery(text as string, JSON.parse(steps as string) as (string | number)[]),
    ),
    scalarFunction('json_items', [VARCHAR, VARCHAR, BOOLEAN], LIST(VARCHAR), (text, steps, isText) => {
      const found = jsonItems(
        text as string,
        JSON.parse(steps as string) as (string | number)[],
        isText as never,
      )
      return found && listValue(found)
    }),
    scalarFunction('lower_escapes', [VARCHAR], VARCHAR, (text) => lowerEscapes(text as string)),
    scalarFunction('json_of_text', [VARCHAR], VARCHAR, (text) => jsonOfText(text as string)),
    scalarFunction('json_of_text_in_mode', [VARCHAR, VARCHAR], VARCHAR, (text, mode) =>
      jsonOfText(text as string, mode as string),
    ),
    scalarFunction('keys_in_json', [VARCHAR, BIGINT, VARCHAR], LIST(VARCHAR), (text, depth, mode) =>
      listValue(keysInJson(text as string, depth as bigint, mode as string)),
    ),
    scalarFunction('pretty_json', [VARCHAR], VARCHAR, (text) => prettyJson(text as string)),
    scalarFunction('json_of_string', [VARCHAR], VARCHAR, (text) => jsonOfString(text as string)),
    scalarFunction('round_float', [DOUBLE, BIGINT, VARCHAR], DOUBLE, (value, digits, half) =>
      roundFloat(value as number, digits as bigint, half as Half),
    ),
    scalarFunction('utf8_of_bytes', [BLOB], BLOB, (bytes) => blob(utf8OfBytes(bytesOf(bytes)))),
    scalarFunction('time_of_text', [VARCHAR, VARCHAR, VARCHAR], BIGINT, (kind, text, zone) =>
      microsOf(kind as string, text as string, zone as string),
    ),
    scalarFunction(
      'format_time',
      [VARCHAR, BIGINT, VARCHAR, VARCHAR],
      VARCHAR,
      (format, micros, zone, kind) =>
        formatTime(format as string, micros as bigint, zone as string, kind as string),
    ),
    scalarFunction('parse_time', [VARCHAR, VARCHAR, VARCHAR, VARCHAR], BIGINT, (kind, format, text, zone) =>
      parseTime(kind as string, format as string, text as string, zone as string),
    ),
    scalarFunction('clock_in_zone', [VARCHAR, BIGINT], BIGINT, (zone, micros) => {
      const offset = zoneOffset(zone as string, micros as bigint)
      if (offset === undefined) throw new Error(`Invalid time zone: ${String(zone)}`)
      return (micros as bigint) + offset
    }),
    scalarFunction('moment_in_zone', [VARCHAR, BIGINT], BIGINT, (zone, micros) => {
      const moment = utcOf(micros as bigint, zone as string)
      if (moment === undefined) throw new Error(`Invalid time zone: ${String(zone)}`)
      return moment
    }),
    scalarFunction('add_floats', [DOUBLE, DOUBLE], DOUBLE, (a, b) =>
      finite(a as number, '+', b as number, (a as number) + (b as number)),
    ),
    scalarFunction('subtract_floats', [DOUBLE, DOUBLE], DOUBLE, (a, b) =>
      finite(a as number, '-', b as number, (a as number) - (b as number)),
    ),
    scalarFunction('multiply_floats', [DOUBLE, DOUBLE], DOUBLE, (a, b) =>
      finite(a as number, '*', b as number, (a as number) * (b as number)),
    ),
    scalarFunction('divide_floats', [DOUBLE, DOUBLE], DOUBLE, (a, b) =>
      divideFloats(a as number, b as number),
    ),
    scalarFunction('divide_numbers', [VARCHAR, VARCHAR], VARCHAR, (a, b) =>
      divideNumbers(a as string, b as string),
    ),
    scalarFunction('decimal_of_float', [DOUBLE, BIGINT], VARCHAR, (value, places) =>
      decimalText(value as number, Number(places)),
    ),
    scalarFunction('round_number', [VARCHAR, BIGINT, VARCHAR], VARCHAR, (text, digits, half) =>
      roundNumber(text as string, digits as bigint, half as Half),
    ),
    scalarFunction('format_text', [VARCHAR, VARCHAR, LIST(VARCHAR)], VARCHAR, (format, kinds, texts) =>
      formatText(
        format as string,
        (kinds as string).split(' '),
        (texts as DuckDBListValue).items as (string | null)[],
      ),
    ),
  ]
}
