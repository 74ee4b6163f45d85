import type { Dataset } from './datasets.ts'
import { BigQueryError } from '../errors.ts'
import { quote } from '../values/fields.ts'
import { partitionField } from '../table/partition-time.ts'
import type { Table, TableSpec } from '../table/table.ts'

/** What has tables of a dataset expire where they say nothing themselves. */
type Defaults = Pick<Dataset, 'defaultTableExpirationMs' | 'defaultPartitionExpirationMs'>

/**
 * A new table with what its dataset has tables expire by. For a partitioned one that is its partitions, where the dataset says so
 * (docs: Dataset, "defaultPartitionExpirationMs").
 *
 * @param now milliseconds since 1970
 */
export function withExpiration(spec: TableSpec, defaults: Defaults, now: number): TableSpec {
  const { defaultTableExpirationMs: table, defaultPartitionExpirationMs: partition } = defaults
  const { timePartitioning } = spec
  if (timePartitioning && partition !== undefined)
    return timePartitioning.expirationMs === undefined
      ? { ...spec, timePartitioning: { ...timePartitioning, expirationMs: partition } }
      : spec
  if (table === undefined || spec.expirationTime !== undefined) return spec
  return { ...spec, expirationTime: String(now + Number(table)) }
}

/** @throws BigQueryError invalid for a time that is none, or over already */
export function checkExpiration({ expirationTime, timePartitioning }: TableSpec, now: number): void {
  const expirationMs = timePartitioning?.expirationMs
  if (expirationMs !== undefined && expirationMs !== null && !(Number(expirationMs) > 0))
    throw new BigQueryError('invalid', `Invalid value for expirationMs: ${expirationMs}`)
  if (expirationTime === undefined || expirationTime === null) return
  if (!(Number(expirationTime) > now))
    throw new BigQueryError('invalid', `Invalid expiration time ${expirationTime}: it must be in the future.`)
}

/** @param now milliseconds since 1970 */
export function isExpired({ spec: { expirationTime } }: Pick<Table, 'spec'>, now: number): boolean {
  return expirationTime !== undefined && expirationTime !== null && Number(expirationTime) <= now
}

/** Whether a table is over some day, or its partitions are. */
export function mayExpire({ spec }: Pick<Table, 'spec'>): boolean {
  const { expirationTime, timePartitioning } = spec
  return [expirationTime, timePartitioning?.expirationMs].some((time) => time !== undefined && time !== null)
}

/** SQL that says which rows are in partitions that are over: so long after their beginning; undefined where none ever is. */
export function expiredPartitions(table: Table, now: number): string | undefined {
  const { type = 'DAY', expirationMs } = table.spec.timePartitioning ?? {}
  const column = partitionField(table)
  if (!column || expirationMs === undefined || expirationMs === null) return undefined
  const made = column.type === 'TIMESTAMP' ? 'make_timestamptz' : 'make_timestamp'
  const latest = `${made}(${BigInt(now - Number(expirationMs)) * 1000n})`
  return `date_trunc('${type.toLowerCase()}', ${quote(column.name)}) <= ${latest}`
}
