import { BigQueryError } from '../errors.ts'
import { tableId, type SnapshotDefinition, type Table, type TableSpec } from './table.ts'

/** @param ms when, in milliseconds since 1970 */
export function snapshotOf({ reference }: Pick<Table, 'reference'>, ms: number): SnapshotDefinition {
  return { baseTableReference: reference, snapshotTime: new Date(ms).toISOString() }
}

/**
 * The settings of a table that one which is made of it has: it is no snapshot, and a snapshot of it is over when it says so itself
 * (docs: table snapshots, "Limitations": the expiration of partitions is not retained).
 */
export function withoutExpiration(spec: TableSpec): TableSpec {
  const { snapshotDefinition: _, expirationTime: __, timePartitioning, ...others } = spec
  if (!timePartitioning) return others
  const { expirationMs: ___, ...kept } = timePartitioning
  return { ...others, timePartitioning: kept }
}

/** @throws BigQueryError for a snapshot: its rows and columns stay as they are */
export function refuseSnapshot({ reference, spec }: Pick<Table, 'reference' | 'spec'>): void {
  if (!spec.snapshotDefinition) return
  const message = `${tableId(reference)} is not allowed for this operation because it is currently a SNAPSHOT.`
  throw new BigQueryError('invalid', message)
}
