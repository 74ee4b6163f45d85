import type { DuckDBConnection } from '@duckdb/node-api'
import { googleSqlFunctions } from '../../sql/scalar-functions.ts'
import { farmFingerprint } from '../../sql/farm-fingerprint.ts'
import { BIG_NUMERIC_MACROS } from '../values/big-numeric.ts'
import { quote } from '../values/fields.ts'
import { createStreamRows } from './stream-rows.ts'
import { TableHistory } from './table-history.ts'

/** Makes what DuckDB lacks, and what is no table of BigQuery's. */
export async function prepare(writer: DuckDBConnection): Promise<void> {
  for (const scalarFunction of [farmFingerprint(), ...googleSqlFunctions()]) {
    writer.registerScalarFunction(scalarFunction)
    // DuckDB keeps its own reference; this one would keep the process alive after the store is closed
    scalarFunction.destroySync()
  }
  await writer.run('CREATE SCHEMA IF NOT EXISTS local_cloud')
  for (const macro of BIG_NUMERIC_MACROS) await writer.run(macro)
  await writer.run('CREATE TABLE IF NOT EXISTS local_cloud.flushed (incarnation VARCHAR, sequence BIGINT)')
  await createStreamRows(writer)
  await TableHistory.open(writer)
  await dropMadeRows(writer)
}

/** What jobs of an earlier process made before they could use it: `withMadeRows`. */
async function dropMadeRows(writer: DuckDBConnection): Promise<void> {
  const made = await writer.runAndReadAll(
    'SELECT schema_name, table_name FROM duckdb_tables() WHERE contains(table_name, chr(10))',
  )
  for (const [schema, table] of made.getRows() as [string, string][])
    await writer.run(`DROP TABLE ${quote(schema)}.${quote(table)}`)
}
