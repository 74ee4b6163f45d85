import { BigQueryError } from '../errors.ts'
import type { InsertMode, InsertTarget } from './insert-statements.ts'
import type { Lines } from './line-writer.ts'
import type { Field } from '../values/fields.ts'
import type { Table, TableSpec } from './table.ts'

/**
 * The column that says in which partition a row is, of a table that is partitioned by the time when its rows come (docs: introduction to
 * partitioned tables, "ingestion time partitioning"). DuckDB's table has it behind the others; no field of the table may be called so.
 */
export const PARTITION_TIME: Field = { name: '_PARTITIONTIME', type: 'TIMESTAMP', mode: 'NULLABLE' }

export function isByIngestion({ spec }: { readonly spec: TableSpec }): boolean {
  return spec.timePartitioning !== undefined && spec.timePartitioning.field === undefined
}

/** DuckDB has no table without a column, BigQuery has: such a table gets columns by its first job or change. No field may be called so. */
const NO_COLUMN: Field = { name: '_TABLE_', type: 'BOOLEAN', mode: 'NULLABLE' }

/** The columns that DuckDB's table has. */
export function storedFields(table: Pick<Table, 'spec' | 'fields'>): readonly Field[] {
  if (isByIngestion(table)) return [...table.fields, PARTITION_TIME]
  return table.fields.length === 0 ? [NO_COLUMN] : table.fields
}

/** The column that says in which partition by time a row is; undefined where there are none. */
export function partitionField(table: Pick<Table, 'spec' | 'fields'>): Field | undefined {
  if (isByIngestion(table)) return PARTITION_TIME
  const field = table.spec.timePartitioning?.field
  return field === undefined ? undefined : table.fields.find(({ name }) => name === field)
}

const LENGTHS: Readonly<Record<string, number>> = { YEAR: 4, MONTH: 7, DAY: 10, HOUR: 13 }

/** When the partition began that is now, as a TIMESTAMP. @param now milliseconds since 1970 */
function beginning({ spec }: { readonly spec: TableSpec }, now: number): string {
  const begun = new Date(now).toISOString().slice(0, LENGTHS[spec.timePartitioning?.type ?? 'DAY'])
  return `${begun}${'0000-01-01T00:00:00Z'.slice(begun.length)}`
}

/**
 * When a partition of the table began, as a TIMESTAMP.
 *
 * @param partition as decorators name it; absent: that which is now
 * @throws BigQueryError invalid
 */
export function partitionTime(
  table: Pick<Table, 'spec' | 'reference'>,
  now: number,
  partition?: string,
): string {
  if (partition === undefined) return beginning(table, now)
  const [, year, month = '01', day = '01', hour = '00'] =
    /^(\d{4})(\d\d)?(\d\d)?(\d\d)?$/.exec(partition) ?? []
  const time = `${year}-${month}-${day}T${hour}:00:00Z`
  const millis = year === undefined ? NaN : Date.parse(time)
  const isTime = !Number.isNaN(millis) && new Date(millis).toISOString().startsWith(time.slice(0, -1))
  if (!isTime || partition.length !== DIGITS[table.spec.timePartitioning?.type ?? 'DAY'])
    throw new BigQueryError(
      'invalid',
      `Invalid partition decorator $${partition} of ${table.reference.tableId}.`,
    )
  return time
}

const DIGITS: Readonly<Record<string, number>> = { YEAR: 4, MONTH: 6, DAY: 8, HOUR: 10 }

/**
 * Lines of JSON that come now: where the table is partitioned by ingestion time each says its partition.
 *
 * @param partition which one that is; undefined where there are none
 * @param now milliseconds since 1970
 */
export function inPartition(
  partition: InsertTarget['partition'],
  lines: Lines,
  mode: InsertMode,
  now: number,
): Lines {
  // lines that wait are in the partition of the time when they come in
  if (!partition || mode === 'keep') return lines
  const own = `"${PARTITION_TIME.name}":"${partition(now)}"`
  // the row of a change stands at its end
  const closing = mode === 'change' ? '}}' : '}'
  const stamped = lines.bytes
    .toString('utf8')
    .split('\n')
    .map((line) => {
      const row = line.slice(0, -closing.length)
      return `${row}${row.endsWith('{') ? '' : ','}${own}${closing}`
    })
  return { bytes: Buffer.from(stamped.join('\n')), count: lines.count }
}
