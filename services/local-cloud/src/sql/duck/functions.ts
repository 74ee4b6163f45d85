import {
  BIGINT,
  BLOB,
  DOUBLE,
  DuckDBScalarFunction,
  LIST,
  listValue,
  VARCHAR,
  type DuckDBBlobValue,
  type DuckDBListValue,
  type DuckDBType,
} from '@duckdb/node-api'
import { formatTime } from '../time/format-time.ts'
import { parseTime } from '../time/parse-time.ts'
import { microsOf, utcOf } from '../time/read-time.ts'
import { zoneOffset } from '../time/zones.ts'
import { failFunction } from './fail.ts'
import { formatText } from './format-text.ts'
import { divideFloats, divideNumbers, finite, roundNumber } from './numbers.ts'
import { jsonOfText } from './json-of-text.ts'
import {
  codePoints,
  editDistance,
  normalized,
  placeOfText,
  soundex,
  textOfCodePoints,
  toBase32,
} from './text-functions.ts'
import { numberInJson } from './number-in-json.ts'
import { textOfBytes } from './text-of-bytes.ts'
import { textOfFloat } from './text-of-float.ts'

type Value = string | number | bigint | DuckDBBlobValue | DuckDBListValue
type Made = string | number | bigint | DuckDBListValue | null | undefined

/** What DuckDB lacks of GoogleSQL. */
export function googleSqlFunctions(): DuckDBScalarFunction[] {
  return [
    failFunction(),
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
      normalized(text as string, form as string),
    ),
    scalarFunction('soundex', [VARCHAR], VARCHAR, (text) => soundex(text as string)),
    scalarFunction('edit_distance_of', [VARCHAR, VARCHAR], BIGINT, (a, b) =>
      editDistance(a as string, b as string),
    ),
    scalarFunction('to_base32', [BLOB], VARCHAR, (bytes) => toBase32((bytes as DuckDBBlobValue).bytes)),
    scalarFunction('code_points', [VARCHAR], LIST(BIGINT), (text) => listValue(codePoints(text as string))),
    scalarFunction('text_of_code_points', [LIST(BIGINT)], VARCHAR, (points) =>
      textOfCodePoints((points as DuckDBListValue).items as (bigint | null)[]),
    ),
    scalarFunction('number_in_json', [VARCHAR, VARCHAR, VARCHAR], VARCHAR, (text, path, otherwise) =>
      numberInJson(text as string, path as string, otherwise as string),
    ),
    scalarFunction('json_of_text', [VARCHAR], VARCHAR, (text) => jsonOfText(text as string)),
    scalarFunction('text_of_bytes', [BLOB], VARCHAR, (bytes) =>
      textOfBytes((bytes as DuckDBBlobValue).bytes),
    ),
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
    scalarFunction('round_number', [VARCHAR, BIGINT], VARCHAR, (text, digits) =>
      roundNumber(text as string, digits as bigint),
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

/** NULL of any NULL; an Error of `of` ends the query with its message. */
function scalarFunction(
  name: string,
  parameterTypes: readonly DuckDBType[],
  returnType: DuckDBType,
  of: (...args: readonly Value[]) => Made,
): DuckDBScalarFunction {
  return DuckDBScalarFunction.create({
    name,
    parameterTypes,
    returnType,
    mainFunction: (info, input, output) => {
      const columns = parameterTypes.map((_, index) => input.getColumnVector(index))
      try {
        for (let row = 0; row < input.rowCount; row++) {
          const args = columns.map((column) => column.getItem(row) as Value | null)
          output.setItem(row, args.includes(null) ? null : (of(...(args as Value[])) ?? null))
        }
      } catch (error) {
        info.setError((error as Error).message)
        return
      }
      output.flush()
    },
  })
}
