import {
  DuckDBListValue,
  DuckDBListVector,
  DuckDBScalarFunction,
  type DuckDBBlobValue,
  type DuckDBIntervalValue,
  type DuckDBType,
  type DuckDBVector,
} from '@duckdb/node-api'
import duckdb from '@duckdb/node-bindings'

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
        let items = 0
        for (let row = 0; row < input.rowCount; row++) {
          const args = columns.map((column) => column.getItem(row) as Value | null)
          const made = args.includes(null) ? null : (of(...(args as Value[])) ?? null)
          if (holdsNul(made)) throw new Error('local-cloud knows no function that makes a STRING with U+0000')
          output.setItem(row, made)
          if (made instanceof DuckDBListValue) items += made.items.length
        }
        makeRoom(output, items)
      } catch (error) {
        info.setError((error as Error).message)
        return
      }
      output.flush()
    },
  })
}

/** DuckDB's binding for Node writes the items of lists, however many, where there is room for 2,048. */
function makeRoom(output: DuckDBVector, items: number): void {
  if (!(output instanceof DuckDBListVector)) return
  const { vector } = output as unknown as { readonly vector: duckdb.Vector }
  duckdb.list_vector_reserve(vector, items)
}

/** DuckDB's binding for Node takes a text up to its first U+0000. */
function holdsNul(made: Made): boolean {
  if (typeof made === 'string') return made.includes('\0')
  return made instanceof DuckDBListValue && made.items.some((item) => holdsNul(item as Made))
}
