import { BigQueryError } from '../../bigquery/errors.ts'
import { endOfRange } from '../typing/casts.ts'
import { RANGED, type SqlType } from '../typing/sql-type.ts'
import { signatures, type Template } from './signature.ts'

/** The type of the ends. @throws BigQueryError invalidQuery for one that no RANGE has */
function elementOf(name: string, type: SqlType | undefined): string {
  const kind = type?.kind ?? ''
  if (RANGED.includes(kind)) return kind
  throw new BigQueryError('invalidQuery', `No matching signature for function ${name}: a RANGE of ${kind}`)
}

/** Microseconds of a DATE, DATETIME or TIMESTAMP. */
const micros = (sql: string, kind: string): string =>
  kind === 'DATE' ? `epoch_us(CAST(${sql} AS TIMESTAMP))` : `epoch_us(${sql})`

const constructed: Template = ([start, end], [type]) => {
  const kind = elementOf('RANGE', type)
  const bound = (sql: string) => `coalesce(CAST(${micros(sql, kind)} AS VARCHAR), 'UNBOUNDED')`
  return `range_of('${kind}', ${bound(start!)}, ${bound(end!)})`
}

const endNamed =
  (name: 'range_start' | 'range_end'): Template =>
  ([range], [type]) =>
    endOfRange(name, range!, elementOf(name.toUpperCase(), type!.element))

const ofTwo =
  (name: string, made: (a: string, b: string, kind: string) => string): Template =>
  ([a, b], [type]) =>
    made(a!, b!, elementOf(name, type!.element))

const split: Template = ([range, step, isPartIn = 'TRUE'], [type]) => {
  elementOf('GENERATE_RANGE_ARRAY', type!.element)
  return `range_array(${range}, ${step}, ${isPartIn})`
}

/** GoogleSQL: range functions. */
export const RANGES = signatures({
  'RANGE(T=, T=) RANGE<T>': constructed,
  'RANGE_START(RANGE<T>) T': endNamed('range_start'),
  'RANGE_END(RANGE<T>) T': endNamed('range_end'),
  'RANGE_CONTAINS(RANGE<T>, T) BOOL': ofTwo(
    'RANGE_CONTAINS',
    (range, value, kind) => `range_holds(${range}, ${micros(value, kind)})`,
  ),
  'RANGE_CONTAINS(RANGE<T>, RANGE<T>) BOOL': ofTwo('RANGE_CONTAINS', (a, b) => `range_covers(${a}, ${b})`),
  'RANGE_OVERLAPS(RANGE<T>, RANGE<T>) BOOL': ofTwo('RANGE_OVERLAPS', (a, b) => `range_overlaps(${a}, ${b})`),
  'RANGE_INTERSECT(RANGE<T>, RANGE<T>) RANGE<T>': ofTwo(
    'RANGE_INTERSECT',
    (a, b, kind) => `range_intersect('${kind}', ${a}, ${b})`,
  ),
  'GENERATE_RANGE_ARRAY(RANGE<T>, INTERVAL) ARRAY<RANGE<T>>': split,
  'GENERATE_RANGE_ARRAY(RANGE<T>, INTERVAL, BOOL) ARRAY<RANGE<T>>': split,
})
