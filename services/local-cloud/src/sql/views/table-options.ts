import type { Table, TableSpec } from '../../bigquery/table/table.ts'
import type { SourceSpec } from '../../bigquery/table/source-spec.ts'
import { OF_CSV, OF_SOURCES } from '../../bigquery/table/source-options.ts'

/** An option of a table: `value` is as SQL writes it. */
export interface TableOption {
  readonly name: string
  readonly type: string
  readonly value: string
}

/** What OPTIONS says of a table, but for its labels. */
export function plainOptions({ spec }: Table): TableOption[] {
  const { requirePartitionFilter, expirationTime, timePartitioning, externalDataConfiguration } = spec
  const { expirationMs } = timePartitioning ?? {}
  return [
    ...(externalDataConfiguration ? sourceOptions(externalDataConfiguration) : []),
    ...option('description', spec.description),
    ...option('friendly_name', spec.friendlyName),
    ...(requirePartitionFilter === true ? option('require_partition_filter', true) : []),
    ...(expirationTime ? [expiration(Number(expirationTime))] : []),
    ...(expirationMs ? [days(Number(expirationMs) / 86_400_000)] : []),
  ]
}

/** Key and value of each label of a table. */
export function labelsOf({ labels }: TableSpec): readonly (readonly [string, string | null])[] {
  return Object.entries(labels ?? {})
}

function expiration(ms: number): TableOption {
  const value = `TIMESTAMP "${new Date(ms).toISOString()}"`
  return { name: 'expiration_timestamp', type: 'TIMESTAMP', value }
}

function days(count: number): TableOption {
  const value = Number.isInteger(count) ? `${count}.0` : String(count)
  return { name: 'partition_expiration_days', type: 'FLOAT64', value }
}

/** Options of an external table. */
function sourceOptions(source: SourceSpec): TableOption[] {
  const { sourceFormat, sourceUris = [], avroOptions, csvOptions = {} } = source
  return [
    ...option('format', sourceFormat),
    {
      name: 'uris',
      type: 'ARRAY<STRING>',
      value: `[${sourceUris.map((uri) => JSON.stringify(uri)).join(', ')}]`,
    },
    ...option('enable_logical_types', avroOptions?.useAvroLogicalTypes),
    ...Object.entries(OF_SOURCES).flatMap(([name, key]) => option(name, source[key])),
    ...Object.entries(OF_CSV).flatMap(([name, key]) => option(name, csvOptions[key])),
  ]
}

/** The API writes some whole numbers as texts. */
const NUMBERS = new Set(['max_bad_records', 'skip_leading_rows'])

/** None where nothing is said. */
function option(name: string, value: string | number | boolean | null | undefined): TableOption[] {
  if (value === undefined || value === null) return []
  if (typeof value === 'boolean') return [{ name, type: 'BOOL', value: String(value) }]
  if (NUMBERS.has(name)) return [{ name, type: 'INT64', value: String(value) }]
  return [{ name, type: 'STRING', value: JSON.stringify(value) }]
}
