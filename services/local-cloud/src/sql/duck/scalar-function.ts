import {
  DuckDBListValue,
  DuckDBScalarFunction,
  type DuckDBBlobValue,
  type DuckDBIntervalValue,
  type DuckDBType,
} from '@duckdb/node-api'

/** What a scalar function is given: no NULL comes. */
export type Value = string | number | bigint | DuckDBBlobValue | DuckDBListValue | DuckDBIntervalValue
type Made = Value | boolean | null | undefined

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
          const made = args.includes(null) ? null : (of(...(args as Value[])) ?? null)
          if (holdsNul(made)) throw new Error('local-cloud knows no function that makes a STRING with U+0000')
          output.setItem(row, made)
        }
      } catch (error) {
        info.setError((error as Error).message)
        return
      }
      output.flush()
    },
  })
}

/** DuckDB's binding for Node takes a text up to its first U+0000. */
function holdsNul(made: Made): boolean {
  if (typeof made === 'string') return made.includes('\0')
  return made instanceof DuckDBListValue && made.items.some((item) => holdsNul(item as Made))
}
