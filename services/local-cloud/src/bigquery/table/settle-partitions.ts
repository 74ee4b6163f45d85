import type { DuckDBConnection } from '@duckdb/node-api'
import { isByIngestion, PARTITION_TIME } from './partition-time.ts'
import { physical } from './physical.ts'
import type { Table } from './table.ts'
import { quote, quoteText } from '../values/fields.ts'

const COLUMN = quote(PARTITION_TIME.name)

/** Rows that came without a partition are in this one. Only in a transaction. @param time a TIMESTAMP */
export async function settlePartitions(
  connection: DuckDBConnection,
  table: Pick<Table, 'spec' | 'reference'>,
  time: string,
): Promise<void> {
  if (!isByIngestion(table)) return
  const name = physical(table.reference)
  await connection.run(
    `UPDATE ${name} SET ${COLUMN} = CAST(${quoteText(time)} AS TIMESTAMPTZ) WHERE ${COLUMN} IS NULL`,
  )
}
