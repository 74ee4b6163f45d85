import { DuckDBScalarFunction, VARCHAR } from '@duckdb/node-api'

/** Ends the query with a message. DuckDB's own error() may not stand in TRY, which SAFE. needs. */
export function failFunction(): DuckDBScalarFunction {
  return DuckDBScalarFunction.create({
    name: 'fail_with',
    parameterTypes: [VARCHAR],
    returnType: VARCHAR,
    mainFunction: (info, input) => {
      info.setError(String(input.getColumnVector(0).getItem(0)))
    },
  })
}

/** @param message SQL of a text, which may be NULL @param type DuckDB's type where it stands */
export function fail(message: string, type: string): string {
  return `CAST(fail_with(coalesce(${message}, 'NULL')) AS ${type})`
}
