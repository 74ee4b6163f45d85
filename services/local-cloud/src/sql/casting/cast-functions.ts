import { BIGINT, BLOB, DuckDBBlobValue, VARCHAR, type DuckDBScalarFunction } from '@duckdb/node-api'
import { bytesToText, textToBytes } from './bytes-and-text.ts'
import { numberToText } from './number-to-text.ts'
import { textToTime } from './text-to-time.ts'
import { timeToText } from './time-to-text.ts'
import { scalarFunction } from '../duck/scalar-function.ts'

/** CAST with FORMAT (format elements). */
export function castFunctions(): DuckDBScalarFunction[] {
  return [
    scalarFunction('bytes_in_format', [BLOB, VARCHAR], VARCHAR, (bytes, format) =>
      bytesToText((bytes as DuckDBBlobValue).bytes, format as string),
    ),
    scalarFunction(
      'bytes_of_format',
      [VARCHAR, VARCHAR],
      BLOB,
      (text, format) => new DuckDBBlobValue(textToBytes(text as string, format as string)),
    ),
    scalarFunction('number_in_format', [VARCHAR, VARCHAR, VARCHAR], VARCHAR, (kind, text, format) =>
      numberToText(kind as string, text as string, format as string),
    ),
    scalarFunction(
      'time_in_format',
      [VARCHAR, BIGINT, VARCHAR, VARCHAR],
      VARCHAR,
      (kind, micros, format, zone) =>
        timeToText(kind as string, micros as bigint, format as string, zone as string),
    ),
    scalarFunction(
      'time_of_format',
      [VARCHAR, VARCHAR, VARCHAR, VARCHAR, BIGINT],
      BIGINT,
      (kind, text, format, zone, now) =>
        textToTime(kind as string, text as string, format as string, zone as string, now as bigint),
    ),
  ]
}
