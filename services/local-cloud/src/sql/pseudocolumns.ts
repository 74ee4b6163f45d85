import { isByIngestion, PARTITION_TIME } from '../bigquery/table/partition-time.ts'
import type { Table } from '../bigquery/table/table.ts'
import { isOneOf, type BufferedRows } from '../bigquery/store/streaming-buffer.ts'
import { quote } from '../bigquery/values/fields.ts'
import type { OutputColumn } from './resolve/scope.ts'
import { scalar } from './typing/sql-type.ts'

/**
 * `_PARTITIONTIME`, and with partitions of days `_PARTITIONDATE` (docs: querying partitioned tables, "query an ingestion-time partitioned
 * table").
 *
 * @param buffered rows of the streaming buffer, which are in no partition yet
 */
export function pseudocolumns(table: Pick<Table, 'spec'>, buffered: readonly BufferedRows[]): OutputColumn[] {
  if (!isByIngestion(table)) return []
  const time = (alias: string) => {
    const own = `${alias}.${quote(PARTITION_TIME.name)}`
    return buffered.length === 0
      ? own
      : `(CASE WHEN NOT ${isOneOf(buffered, `${alias}.rowid`)} THEN ${own} END)`
  }
  const column = (name: string, kind: string, made: (alias: string) => string): OutputColumn => ({
    name,
    sqlName: name,
    type: scalar(kind),
    isHidden: true,
    made,
  })
  const { type = 'DAY' } = table.spec.timePartitioning!
  return [
    column(PARTITION_TIME.name, 'TIMESTAMP', time),
    ...(type === 'DAY'
      ? [column('_PARTITIONDATE', 'DATE', (alias) => `CAST(${time(alias)} AT TIME ZONE 'UTC' AS DATE)`)]
      : []),
  ]
}
