import {
  BIGINT,
  DOUBLE,
  DuckDBScalarFunction,
  LIST,
  VARCHAR,
  type DuckDBListValue,
  type DuckDBType,
} from '@duckdb/node-api'
import { formatTime } from '../time/format-time.ts'
import { parseTime } from '../time/parse-time.ts'
import { microsOf } from '../time/read-time.ts'
import { failFunction } from './fail.ts'
import { formatText } from './format-text.ts'
import { divideNumbers, roundNumber } from './numbers.ts'
import { textOfFloat } from './text-of-float.ts'

type Value = string | number | bigint | DuckDBListValue
type Made = string | bigint | null | undefined

/** What DuckDB lacks of GoogleSQL. */
export function googleSqlFunctions(): DuckDBScalarFunction[] {
  return [
    failFunction(),
    scalarFunction('text_of_float', [DOUBLE], VARCHAR, (value) => textOfFloat(value as number)),
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
