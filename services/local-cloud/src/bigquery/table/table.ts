import { BigQueryError, notImplemented } from '../errors.ts'
import { defaultsOf } from '../values/default-values.ts'
import { readFields, type Field } from '../values/fields.ts'
import { materializedResource, viewOfMaterialized, type MaterializedView } from './materialized-view.ts'
import type { SourceSpec } from './source-spec.ts'
import { checkConstraints, type TableConstraints } from './table-constraints.ts'

/** What a caller may say of a table: the part of the Table resource that local-cloud keeps. */
export interface TableSpec {
  readonly schema?: { readonly fields?: readonly Field[] }
  readonly timePartitioning?: {
    readonly type?: string
    readonly field?: string
    readonly expirationMs?: string | null
  }
  readonly rangePartitioning?: {
    readonly field: string
    readonly range: { readonly start: string; readonly end: string; readonly interval: string }
  }
  /** Its rows are in files of Cloud Storage. */
  readonly externalDataConfiguration?: SourceSpec
  readonly requirePartitionFilter?: boolean
  /** When the table goes, in milliseconds since 1970. */
  readonly expirationTime?: string | null
  readonly clustering?: { readonly fields?: readonly string[] }
  readonly tableConstraints?: TableConstraints
  readonly view?: ViewDefinition
  /** Such a table is the view of its query, too. */
  readonly materializedView?: MaterializedView
  /** Its rows are those that another table had, and stay so. */
  readonly snapshotDefinition?: SnapshotDefinition
  readonly labels?: Readonly<Record<string, string | null>>
  readonly description?: string | null
  readonly friendlyName?: string | null
}

export interface ViewDefinition {
  readonly query?: string
  readonly useLegacySql?: boolean
}

export interface TableReference {
  readonly projectId: string
  readonly datasetId: string
  readonly tableId: string
}

/** SnapshotDefinition of the REST API: what a table keeps, and of when. */
export interface SnapshotDefinition {
  readonly baseTableReference: TableReference
  /** RFC 3339. */
  readonly snapshotTime: string
}

/** A table as the catalogue keeps it. */
export interface Table {
  readonly reference: TableReference
  readonly spec: TableSpec
  readonly fields: readonly Field[]
  readonly etag: string
  /** Of this table alone: one of the same name that is made after it is dropped has another. */
  readonly incarnation?: string
  /** Milliseconds since 1970. */
  readonly creationTime: number
  readonly lastModifiedTime: number
}

const SPEC = [
  'schema',
  'timePartitioning',
  'rangePartitioning',
  'externalDataConfiguration',
  'requirePartitionFilter',
  'expirationTime',
  'clustering',
  'tableConstraints',
  'view',
  'materializedView',
  'snapshotDefinition',
  'labels',
  'description',
  'friendlyName',
]
// sent by clients as part of what they read, or without a meaning here
const IGNORED = new Set([
  'kind',
  'id',
  'etag',
  'selfLink',
  'tableReference',
  'type',
  'location',
  'creationTime',
  'lastModifiedTime',
  'numRows',
  'numBytes',
  'numLongTermBytes',
  'numTimeTravelPhysicalBytes',
  'numTotalLogicalBytes',
  'numActiveLogicalBytes',
  'numLongTermLogicalBytes',
  'streamingBuffer',
  'resourceTags',
])
const TABLE_ID = /^[\p{L}\p{M}\p{N}\p{Pc}\p{Pd} ]{1,1024}$/u
const PARTITIONABLE = new Set(['DATE', 'TIMESTAMP', 'DATETIME'])
// cloud.google.com/bigquery/docs/creating-clustered-tables
const CLUSTERABLE = new Set([
  'BIGNUMERIC',
  'BOOLEAN',
  'DATE',
  'DATETIME',
  'GEOGRAPHY',
  'INTEGER',
  'NUMERIC',
  'RANGE',
  'STRING',
  'TIMESTAMP',
])

export function tableId({ projectId, datasetId, tableId: id }: TableReference): string {
  return `${projectId}:${datasetId}.${id}`
}

/** Tables of earlier versions have none that is kept. */
export function incarnationOf({ reference, incarnation, creationTime }: Table): string {
  return incarnation ?? `${encodeURIComponent(tableId(reference))}@${creationTime}`
}

/** Checks the body of tables.insert. @throws BigQueryError that names the field and the rule */
export function readTable(
  body: Readonly<Record<string, unknown>>,
  viewFields?: readonly Field[],
): {
  spec: TableSpec
  fields: readonly Field[]
} {
  const spec = readSpec(body)
  const id = (body['tableReference'] as TableReference | undefined)?.tableId ?? ''
  if (!TABLE_ID.test(id)) throw new BigQueryError('invalid', `Invalid table ID "${id}".`)
  const fields = viewFields ?? readFields(spec.schema?.fields ?? [])
  defaultsOf(fields)
  checkPartitioning(spec, fields)
  checkRanges(spec, fields)
  checkClustering(spec, fields)
  checkConstraints(spec.tableConstraints, fields)
  return { spec: { ...spec, schema: { fields } }, fields }
}

/** The known fields of a Table resource; whatever else has a meaning is refused by name. */
export function readSpec(body: Readonly<Record<string, unknown>>): TableSpec {
  for (const [key, value] of Object.entries(body)) {
    if (SPEC.includes(key) || IGNORED.has(key) || value === null || value === undefined || value === false)
      continue
    throw notImplemented(`table.${key}`)
  }
  const spec: TableSpec = Object.fromEntries(SPEC.filter((key) => key in body).map((key) => [key, body[key]]))
  const view = viewOf(spec)
  return view ? { ...spec, view } : spec
}

/** What a table is a view of. @throws BigQueryError */
export function viewOf({ view, materializedView }: TableSpec): ViewDefinition | undefined {
  return viewOfMaterialized(materializedView) ?? view
}

/** What SQL and the API call a table. */
export function kindOf(spec: TableSpec) {
  const { view, materializedView, externalDataConfiguration, snapshotDefinition } = spec
  if (materializedView) return 'MATERIALIZED_VIEW'
  if (snapshotDefinition) return 'SNAPSHOT'
  return view ? 'VIEW' : externalDataConfiguration ? 'EXTERNAL' : 'TABLE'
}

function checkPartitioning({ timePartitioning }: TableSpec, fields: readonly Field[]): void {
  if (!timePartitioning) return
  const { type = 'DAY', field } = timePartitioning
  if (!['HOUR', 'DAY', 'MONTH', 'YEAR'].includes(type)) {
    throw new BigQueryError('invalid', `Invalid time partitioning type ${type}.`)
  }
  if (field === undefined) return
  const column = fields.find(({ name }) => name === field)
  if (!column || !PARTITIONABLE.has(column.type) || column.mode === 'REPEATED') {
    const message = `The field specified for partitioning, ${field}, must be a top-level DATE, TIMESTAMP or DATETIME column.`
    throw new BigQueryError('invalid', message)
  }
}

// cloud.google.com/bigquery/quotas
const MOST_PARTITIONS = 10_000

function checkRanges({ rangePartitioning, timePartitioning }: TableSpec, fields: readonly Field[]): void {
  if (!rangePartitioning) return
  if (timePartitioning)
    throw new BigQueryError('invalid', 'A table is partitioned by time or by ranges, and not by both.')
  const { field, range } = rangePartitioning
  const column = fields.find(({ name }) => name === field)
  if (column?.type !== 'INTEGER' || column.mode === 'REPEATED') {
    const message = `The field specified for partitioning, ${field}, must be a top-level INTEGER column.`
    throw new BigQueryError('invalid', message)
  }
  const [start, end, interval] = [range?.start, range?.end, range?.interval].map(Number) as [
    number,
    number,
    number,
  ]
  const count = Math.ceil((end - start) / interval)
  if (!(interval > 0 && end > start && count <= MOST_PARTITIONS)) {
    const message = `Invalid range partitioning: ${start} to ${end} by ${interval}; ${MOST_PARTITIONS} partitions are the limit.`
    throw new BigQueryError('invalid', message)
  }
}

export function checkClustering({ clustering }: TableSpec, fields: readonly Field[]): void {
  const columns = clustering?.fields ?? []
  if (columns.length > 4) {
    throw new BigQueryError(
      'invalid',
      `Too many fields specified for clustering: ${columns.length}; 4 is the limit.`,
    )
  }
  for (const name of columns) {
    const column = fields.find((field) => field.name === name)
    if (!column || !CLUSTERABLE.has(column.type) || column.mode === 'REPEATED') {
      throw new BigQueryError(
        'invalid',
        `The field specified for clustering, ${name}, cannot be used for clustering.`,
      )
    }
  }
}

/** The columns of the primary key; BigQuery does not enforce it, and changes of rows (CDC) go by it. */
export function primaryKey({ spec }: Pick<Table, 'spec'>): readonly string[] {
  return spec.tableConstraints?.primaryKey?.columns ?? []
}

/** The Table resource as tables.get answers it. @param location that of its dataset */
export function tableResource(table: Table, location: string, numRows: number): Record<string, unknown> {
  const { reference, spec, fields, etag, creationTime, lastModifiedTime } = table
  const { schema: _, view, materializedView, ...rest } = spec
  return {
    kind: 'bigquery#table',
    etag,
    id: tableId(reference),
    tableReference: reference,
    ...rest,
    ...(materializedView
      ? { materializedView: materializedResource(materializedView, lastModifiedTime) }
      : view && { view }),
    ...(fields.length > 0 && { schema: { fields } }),
    ...(spec.view === undefined &&
      !spec.externalDataConfiguration && { numRows: String(numRows), numBytes: '0' }),
    creationTime: String(creationTime),
    lastModifiedTime: String(lastModifiedTime),
    type: kindOf(spec),
    location,
  }
}

/** The body of tables.update as one of tables.patch: what may be taken away, and is not sent, goes. */
export function asPatch({ spec }: Table, body: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const gone = REMOVABLE.filter((key) => !(key in body)).map((key) => [key, null])
  const labels = (body['labels'] ?? {}) as Readonly<Record<string, string>>
  const lost = Object.keys(spec.labels ?? {}).filter((key) => !(key in labels))
  return {
    ...body,
    ...Object.fromEntries(gone),
    labels: { ...Object.fromEntries(lost.map((key) => [key, null])), ...labels },
  }
}

/** The body of tables.patch with what it does not say of a view: only its query may be sent, as the client for Go does. */
export function withViewOf(
  { spec }: Table,
  body: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const { view, materializedView } = body as Pick<TableSpec, 'view' | 'materializedView'>
  return {
    ...body,
    ...(materializedView && { materializedView: { ...spec.materializedView, ...materializedView } }),
    ...(view && !spec.materializedView && { view: { ...spec.view, ...view } }),
  }
}

const REMOVABLE = ['description', 'friendlyName', 'expirationTime', 'clustering', 'requirePartitionFilter']

/** A table's settings after a change: null takes one away. */
export function mergeSpec(before: TableSpec, change: TableSpec, fields: readonly Field[]): TableSpec {
  const labels = Object.entries({ ...before.labels, ...change.labels }).filter(([, value]) => value !== null)
  const merged = { ...before, ...change, labels: Object.fromEntries(labels), schema: { fields } }
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== null))
}
