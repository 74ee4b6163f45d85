import { BOOLEAN, DuckDBScalarFunction, VARCHAR } from '@duckdb/node-api'
import { isTooDeep, TOO_DEEP } from '../bigquery/json-nesting.ts'
import { quoteText } from '../bigquery/fields.ts'

/** Tells DuckDB, which takes JSON of any depth, what the JSON type of BigQuery does not take. */
export function jsonTooDeep(): DuckDBScalarFunction {
  return DuckDBScalarFunction.create({
    name: 'json_too_deep',
    parameterTypes: [VARCHAR],
    returnType: BOOLEAN,
    mainFunction: (_info, input, output) => {
      const texts = input.getColumnVector(0)
      for (let row = 0; row < input.rowCount; row++) {
        const text = texts.getItem(row) as string | null
        output.setItem(row, text === null ? null : isTooDeep(text))
      }
      output.flush()
    },
  })
}

/** The text as JSON. A short one cannot be too deep: it is not looked at. */
export function parseJsonCall(text: string): string {
  return `CAST(CASE WHEN ${isDeep(text)} THEN error(${quoteText(TOO_DEEP)}) ELSE ${text} END AS JSON)`
}

/** The same with NULL for an error. DuckDB's TRY takes no call of error(). */
export function safeParseJsonCall(text: string): string {
  return `(CASE WHEN ${isDeep(text)} THEN NULL ELSE TRY_CAST(${text} AS JSON) END)`
}

function isDeep(text: string): string {
  return `length(${text}) > 1000 AND json_too_deep(${text})`
}
