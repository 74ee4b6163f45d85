import type { Table } from '../../bigquery/table/table.ts'
import { tableDdl } from './table-ddl.ts'

/** Columns of INFORMATION_SCHEMA.TABLES behind the place of a table, in the order of its documentation. */
export const TABLES_COLUMNS = [
  'table_type',
  'managed_table_type',
  'is_insertable_into',
  'is_fine_grained_mutations_enabled',
  'is_typed',
  'is_change_history_enabled',
  'creation_time',
  'base_table_catalog',
  'base_table_schema',
  'base_table_name',
  'snapshot_time_ms',
  'replica_source_catalog',
  'replica_source_schema',
  'replica_source_name',
  'replication_status',
  'replication_error',
  'ddl',
  'default_collation_name',
  'upsert_stream_apply_watermark',
]

/** Nothing is replicated, has a collation, or applies changes later. */
export function tablesRow(table: Table): (string | null)[] {
  const { baseTableReference: base, snapshotTime } = table.spec.snapshotDefinition ?? {}
  const type = tableType(table)
  return [
    type,
    type === 'BASE TABLE' || type === 'SNAPSHOT' ? 'NATIVE' : null,
    type === 'BASE TABLE' ? 'YES' : 'NO',
    'NO',
    'NO',
    'NO',
    new Date(table.creationTime).toISOString(),
    base?.projectId ?? null,
    base?.datasetId ?? null,
    base?.tableId ?? null,
    snapshotTime ?? null,
    null,
    null,
    null,
    null,
    null,
    tableDdl(table),
    null,
    null,
  ]
}

function tableType({ spec }: Table): string {
  if (spec.materializedView) return 'MATERIALIZED VIEW'
  if (spec.view) return 'VIEW'
  if (spec.snapshotDefinition) return 'SNAPSHOT'
  return spec.externalDataConfiguration ? 'EXTERNAL' : 'BASE TABLE'
}
