import {
  BIGINT,
  DuckDBIntervalValue,
  DuckDBListValue,
  INTERVAL,
  LIST,
  VARCHAR,
  type DuckDBScalarFunction,
} from '@duckdb/node-api'
import {
  checked,
  divided,
  intervalOf,
  intervalOfText,
  intervalPart,
  intervalText,
  justified,
  justifiedDays,
  justifiedHours,
  type IntervalParts,
} from '../time/interval-values.ts'
import { bucketOf, bucketsBetween } from '../time/buckets.ts'
import { scalarFunction, type Value } from './scalar-function.ts'

function partsOf(value: Value): IntervalParts {
  const { months, days, micros } = value as DuckDBIntervalValue
  return { months: BigInt(months), days: BigInt(days), micros }
}

const made = ({ months, days, micros }: IntervalParts): DuckDBIntervalValue =>
  new DuckDBIntervalValue(Number(months), Number(days), micros)

const changed = (name: string, change: (parts: IntervalParts) => IntervalParts): DuckDBScalarFunction =>
  scalarFunction(name, [INTERVAL], INTERVAL, (value) => made(change(partsOf(value))))

/** What DuckDB does not do with its INTERVALs, whose parts are those of GoogleSQL. */
export function intervalFunctions(): DuckDBScalarFunction[] {
  return [
    scalarFunction('interval_text', [INTERVAL], VARCHAR, (value) => intervalText(partsOf(value))),
    scalarFunction('interval_of_text', [VARCHAR], INTERVAL, (text) => made(intervalOfText(text as string))),
    scalarFunction('interval_of_parts', [VARCHAR, VARCHAR, VARCHAR], INTERVAL, (text, from, to) =>
      made(intervalOf(text as string, from as string, to as string)),
    ),
    scalarFunction('interval_part', [INTERVAL, VARCHAR], BIGINT, (value, part) =>
      intervalPart(partsOf(value), part as string),
    ),
    scalarFunction('interval_of_numbers', [BIGINT, BIGINT, BIGINT], INTERVAL, (months, days, micros) =>
      made(checked({ months: months as bigint, days: days as bigint, micros: micros as bigint })),
    ),
    scalarFunction('interval_sum', [INTERVAL, INTERVAL, BIGINT], INTERVAL, (left, right, sign) => {
      const [a, b, by] = [partsOf(left), partsOf(right), sign as bigint]
      return made(
        checked({
          months: a.months + by * b.months,
          days: a.days + by * b.days,
          micros: a.micros + by * b.micros,
        }),
      )
    }),
    scalarFunction('interval_times', [INTERVAL, BIGINT], INTERVAL, (value, by) => {
      const [{ months, days, micros }, times] = [partsOf(value), by as bigint]
      return made(checked({ months: months * times, days: days * times, micros: micros * times }))
    }),
    scalarFunction('interval_divided', [INTERVAL, BIGINT], INTERVAL, (value, by) =>
      made(divided(partsOf(value), by as bigint)),
    ),
    scalarFunction('bucket_of', [VARCHAR, BIGINT, INTERVAL, BIGINT], BIGINT, (kind, micros, width, origin) =>
      bucketOf(kind as string, micros as bigint, partsOf(width), origin as bigint),
    ),
    scalarFunction(
      'buckets_between',
      [VARCHAR, BIGINT, BIGINT, INTERVAL, BIGINT],
      LIST(BIGINT),
      (kind, first, last, width, origin) =>
        new DuckDBListValue(
          bucketsBetween(kind as string, [first as bigint, last as bigint], partsOf(width), origin as bigint),
        ),
    ),
    changed('justified_hours', justifiedHours),
    changed('justified_days', justifiedDays),
    changed('justified_interval', justified),
    changed('interval_without_months', (parts) => {
      if (parts.months === 0n) return parts
      throw new Error(
        'TIMESTAMP +/- INTERVAL is not supported for intervals with non-zero MONTH or YEAR part.',
      )
    }),
  ]
}
