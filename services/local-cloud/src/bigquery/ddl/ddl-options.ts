import { BigQueryError } from '../errors.ts'
import type { TableSpec } from '../table/table.ts'

type Body = Readonly<Record<string, unknown>>

const DAY_MS = 86_400_000

/**
 * What OPTIONS say, as tables.insert and tables.patch take it.
 *
 * @param partitioning of the table that is there, where one is changed
 * @param millisOf the value of a TIMESTAMP in milliseconds since 1970
 * @throws BigQueryError invalidQuery
 */
export async function settledOptions(
  body: Body,
  partitioning: TableSpec['timePartitioning'],
  millisOf: (expression: string) => Promise<string>,
): Promise<Body> {
  const { expirationTime, partitionExpirationDays: days, ...rest } = body
  const time = (expirationTime as { expression?: string } | null | undefined)?.expression
  const expires = time === undefined ? expirationTime : await millisOf(time)
  const own = (rest['timePartitioning'] as TableSpec['timePartitioning']) ?? partitioning
  if (days !== undefined && !own)
    throw new BigQueryError(
      'invalidQuery',
      'partition_expiration_days is of tables that are partitioned by time.',
    )
  if (days !== undefined && days !== null && !(typeof days === 'number' && days > 0))
    throw new BigQueryError('invalidQuery', 'partition_expiration_days is a number of days.')
  const expirationMs = typeof days === 'number' ? String(Math.round(days * DAY_MS)) : null
  return {
    ...rest,
    ...(expires !== undefined && { expirationTime: expires }),
    ...(days !== undefined && { timePartitioning: { ...own, expirationMs } }),
  }
}
