import {
  DuckDBScalarFunction,
  type DuckDBBlobValue,
  type DuckDBIntervalValue,
  type DuckDBListValue,
  type DuckDBType,
} from '@duckdb/node-api'

/** What a scalar function is given: no NULL comes. */
export type Value = string | number | bigint | DuckDBBlobValue | DuckDBListValue | DuckDBIntervalValue
type Made = Value | null | undefined

/** NULL of any NULL; an Error of `of` ends the query with its message. */
export function scalarFunction(
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
