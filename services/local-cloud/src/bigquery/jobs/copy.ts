import type { Catalog } from '../catalog/catalog.ts'
import { destinationOf, namedTable, settingsOf } from '../rows/destination-spec.ts'
import { columnNames, writeTo } from '../rows/destination.ts'
import { BigQueryError, notImplemented } from '../errors.ts'
import { partitionCondition } from '../table/partition-decorator.ts'
import { isByIngestion, storedFields } from '../table/partition-time.ts'
import { physical } from '../table/physical.ts'
import { snapshotOf, withoutExpiration } from '../table/table-snapshot.ts'
import type { Store } from '../store/store.ts'
import { whereNot } from '../store/streaming-buffer.ts'
import { incarnationOf, tableId, type Table, type TableReference } from '../table/table.ts'

/** JobConfigurationTableCopy, as far as it is taken. */
export interface CopySpec {
  readonly sourceTable?: Partial<TableReference>
  readonly sourceTables?: readonly Partial<TableReference>[]
  readonly destinationTable?: Partial<TableReference>
  readonly createDisposition?: string
  readonly writeDisposition?: string
  readonly operationType?: string
  /** Of a snapshot, RFC 3339. */
  readonly destinationExpirationTime?: string
}

const KNOWN = new Set([
  'sourceTable',
  'sourceTables',
  'destinationTable',
  'createDisposition',
  'writeDisposition',
  'operationType',
])
const OPERATIONS = ['COPY', 'SNAPSHOT', 'CLONE', 'RESTORE']

/** Copies tables into one, all of them or none. @throws BigQueryError @returns how many rows */
export async function copyTables(
  parts: { readonly catalog: Catalog; readonly store: Store },
  projectId: string,
  spec: CopySpec,
): Promise<number> {
  const { operationType = 'COPY', ...of } = spec
  const isSnapshot = operationType === 'SNAPSHOT'
  for (const [key, value] of Object.entries(of))
    if (
      value !== undefined &&
      value !== null &&
      !KNOWN.has(key) &&
      !(isSnapshot && key === 'destinationExpirationTime')
    )
      throw notImplemented(`${key} of copy jobs`)
  if (!OPERATIONS.includes(operationType) && operationType !== 'OPERATION_TYPE_UNSPECIFIED')
    throw new BigQueryError('invalid', `Invalid value for operationType: ${operationType}`)
  const sent = spec.sourceTables ?? (spec.sourceTable ? [spec.sourceTable] : [])
  const sources = sent.map((each) => {
    const { reference, partition } = namedTable(each, projectId)
    const source = parts.catalog.tables.stored(reference)
    return {
      source,
      partition,
      isMeant: partition === undefined ? undefined : partitionCondition(source, partition),
    }
  })
  const first = sources[0]?.source
  if (!first) throw new BigQueryError('required', 'Required parameter is missing: sourceTables')
  const { reference, partition } = namedTable(spec.destinationTable, projectId)
  for (const { source } of sources) checkSource(source, operationType)
  if (isSnapshot && (sources.length > 1 || partition !== undefined || sources[0]!.partition !== undefined))
    throw new BigQueryError('invalid', 'A snapshot is one of one whole table.')
  if (isSnapshot && parts.catalog.tables.find(reference))
    throw new BigQueryError('duplicate', `Already Exists: Table ${tableId(reference)}`)
  const isItself = (each: (typeof sources)[number]) =>
    tableId(each.source.reference) === tableId(reference) && each.partition === partition
  if (sources.some(isItself))
    throw new BigQueryError('invalid', `Table ${tableId(reference)} cannot be copied to itself.`)
  const shapes = new Set(
    sources.map(({ source }) => JSON.stringify(source.fields.map(({ name, type }) => [name, type]))),
  )
  if (shapes.size > 1)
    throw new BigQueryError('invalid', 'The tables that are copied have different schemas.')
  let rows = 0
  const settings = settingsOf(isSnapshot ? withoutExpiration(first.spec) : first.spec)
  const destination = destinationOf({ ...spec, ...settings }, projectId, first.fields, 'WRITE_EMPTY')
  const body = {
    ...destination.body,
    ...(isSnapshot && {
      snapshotDefinition: snapshotOf(first, parts.store.now()),
      ...expirationOf(spec.destinationExpirationTime),
    }),
  }
  await writeTo(
    parts,
    { ...destination, body },
    async (connection, table) => {
      for (const { source, isMeant } of sources) {
        if (source.fields.length === 0) continue
        // rows stay in their partitions, where no other one is named
        const isKept = partition === undefined && isByIngestion(source) && isByIngestion(table)
        const columns = columnNames(isKept ? storedFields(source) : source.fields)
        const where = whereNot(parts.store.buffer.of(incarnationOf(source)), isMeant)
        const select = `SELECT ${columns.slice(1, -1)} FROM ${physical(source.reference)} ${where}`
        rows += (await connection.run(`INSERT INTO ${physical(reference)} ${columns} ${select}`)).rowsChanged
      }
    },
    sources.map(({ source }) => incarnationOf(source)),
  )
  return rows
}

/** @throws BigQueryError where a table of its kind is not the source of such an operation (docs: REST, OperationType) */
function checkSource({ reference, spec }: Table, operation: string): void {
  const isSnapshot = spec.snapshotDefinition !== undefined
  if (isSnapshot === (operation === 'RESTORE')) return
  if (isSnapshot && operation !== 'SNAPSHOT')
    throw notImplemented(`a snapshot as the source of ${operation} (RESTORE makes a table of it)`)
  const message = `${tableId(reference)} is not allowed for this operation because it is currently a ${isSnapshot ? 'SNAPSHOT' : 'TABLE'}.`
  throw new BigQueryError('invalid', message)
}

function expirationOf(time: string | undefined): { expirationTime?: string } {
  if (time === undefined) return {}
  const ms = Date.parse(time)
  if (Number.isNaN(ms))
    throw new BigQueryError('invalid', `Invalid value for destinationExpirationTime: ${time}`)
  return { expirationTime: String(ms) }
}
