import type { OrderItem } from '../tree/tree.ts'
import { rangeKey } from '../typing/range-key.ts'
import type { Typed } from '../typing/typed.ts'

/** What rows are ordered by for one item of ORDER BY. NaN is less than every number, and more than NULL; to DuckDB it is the largest. */
export function orderKeys(
  value: Typed,
  { descending, nulls }: Pick<OrderItem, 'descending' | 'nulls'>,
): string[] {
  const key = orderKey(value, { descending, nulls })
  if (value.type.kind !== 'FLOAT64' || value.literal) return [key]
  const where = nulls ?? (descending ? 'LAST' : 'FIRST')
  return [`isnan(${value.sql}) ${descending ? 'ASC' : 'DESC'} NULLS ${where}`, key]
}

/** The same as one key: where NaN is, is left to DuckDB. */
export const orderKey = (
  { sql, type }: Typed,
  { descending, nulls }: Pick<OrderItem, 'descending' | 'nulls'>,
): string =>
  `${type.kind === 'RANGE' ? rangeKey(sql) : sql}${descending ? ' DESC' : ''}${nulls ? ` NULLS ${nulls}` : ''}`

/** A list of FLOAT64 that DuckDB has ordered, with NaN where it belongs. @param list SQL of it, a name or what is as short */
export function withNanInPlace(
  list: string,
  { descending, nulls }: Pick<OrderItem, 'descending' | 'nulls'>,
): string {
  const some = (condition: string) => `list_filter(${list}, lambda each_item: ${condition})`
  const [none, nan, rest] = [
    some('each_item IS NULL'),
    some('coalesce(isnan(each_item), FALSE)'),
    some('NOT coalesce(isnan(each_item), TRUE)'),
  ]
  const own = descending ? [rest, nan] : [nan, rest]
  const isFirst = (nulls ?? (descending ? 'LAST' : 'FIRST')) === 'FIRST'
  const [first, second, third] = isFirst ? [none, ...own] : [...own, none]
  return `list_concat(list_concat(${first}, ${second}), ${third})`
}
