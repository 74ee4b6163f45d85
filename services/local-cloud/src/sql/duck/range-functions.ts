import {
  BIGINT,
  BOOLEAN,
  DuckDBListValue,
  INTERVAL,
  LIST,
  VARCHAR,
  type DuckDBIntervalValue,
  type DuckDBScalarFunction,
} from '@duckdb/node-api'
import {
  covers,
  elementOf,
  holds,
  intersection,
  parseRange,
  readRange,
  split,
  writeRange,
} from '../time/range-values.ts'
import { scalarFunction, type Value } from './scalar-function.ts'

const range = (value: Value) => readRange(value as string)

/** Range functions. A RANGE is a text: `[start, end)`. */
export function rangeFunctions(): DuckDBScalarFunction[] {
  return [
    // ends are microseconds, or UNBOUNDED
    scalarFunction('range_of', [VARCHAR, VARCHAR, VARCHAR], VARCHAR, (kind, start, end) =>
      writeRange(kind as string, { ...endOf('start', start), ...endOf('end', end) }),
    ),
    scalarFunction('range_of_text', [VARCHAR, VARCHAR], VARCHAR, (kind, text) =>
      parseRange(kind as string, text as string, false),
    ),
    scalarFunction('range_start', [VARCHAR], BIGINT, (value) => range(value).start),
    scalarFunction('range_end', [VARCHAR], BIGINT, (value) => range(value).end),
    scalarFunction('range_holds', [VARCHAR, BIGINT], BOOLEAN, (value, micros) =>
      holds(range(value), micros as bigint),
    ),
    scalarFunction('range_covers', [VARCHAR, VARCHAR], BOOLEAN, (outer, inner) =>
      covers(range(outer), range(inner)),
    ),
    scalarFunction(
      'range_overlaps',
      [VARCHAR, VARCHAR],
      BOOLEAN,
      (a, b) => intersection(range(a), range(b)) !== undefined,
    ),
    scalarFunction('range_intersect', [VARCHAR, VARCHAR, VARCHAR], VARCHAR, (kind, a, b) => {
      const both = intersection(range(a), range(b))
      if (both) return writeRange(kind as string, both)
      throw new Error(`Provided RANGE inputs: ${a as string} and ${b as string} do not overlap.`)
    }),
    scalarFunction('range_array', [VARCHAR, INTERVAL, BOOLEAN], LIST(VARCHAR), (value, step, isPartIn) => {
      const { months, days, micros } = step as DuckDBIntervalValue
      const parts = { months: BigInt(months), days: BigInt(days), micros }
      const kind = elementOf(value as string)
      return new DuckDBListValue(split(kind, range(value), parts, isPartIn as unknown as boolean))
    }),
  ]
}

const endOf = (name: 'start' | 'end', text: Value) =>
  text === 'UNBOUNDED' ? {} : { [name]: BigInt(text as string) }
