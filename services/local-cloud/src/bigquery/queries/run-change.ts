import type { DuckDBConnection } from '@duckdb/node-api'
import type { RewrittenQuery } from '../../sql/rewrite-query.ts'
import { BigQueryError } from '../errors.ts'
import { runCounted, type DmlCounts } from '../rows/dml-counts.ts'
import type { Store } from '../store/store.ts'
import { checkTouched } from '../store/streaming-buffer.ts'
import { partitionTime } from '../table/partition-time.ts'
import { settlePartitions } from '../table/settle-partitions.ts'
import type { Table } from '../table/table.ts'

const AMBIGUOUS = 'UPDATE/MERGE must match at most one source row for each target row'

/** A statement that changes rows of a table, in a transaction. @throws BigQueryError where it may not change them so */
export async function runChange(
  store: Store,
  connection: DuckDBConnection,
  { sql, statementType, ambiguous, touched }: RewrittenQuery,
  target: Table,
): Promise<DmlCounts> {
  if (statementType === 'SELECT') throw new TypeError('A SELECT changes nothing.')
  if (ambiguous !== undefined && (await connection.runAndReadAll(ambiguous)).currentRowCount > 0)
    throw new BigQueryError('invalidQuery', AMBIGUOUS)
  if (touched !== undefined) await checkTouched(store.buffer, connection, target, touched)
  const counts = await runCounted(connection, statementType, sql)
  if (counts.inserted > 0) await settlePartitions(connection, target, partitionTime(target, store.now()))
  return counts
}
