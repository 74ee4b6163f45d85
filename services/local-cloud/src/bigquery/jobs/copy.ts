import type { Catalog } from '../catalog/catalog.ts'
import { destinationOf, namedTable, settingsOf } from '../rows/destination-spec.ts'
import { columnNames, writeTo } from '../rows/destination.ts'
import { BigQueryError, notImplemented } from '../errors.ts'
import { partitionCondition } from '../table/partition-decorator.ts'
import { isByIngestion, storedFields } from '../table/partition-time.ts'
import { physical } from '../table/physical.ts'
import type { Store } from '../store/store.ts'
import { whereNot } from '../store/streaming-buffer.ts'
import { incarnationOf, tableId, type TableReference } from '../table/table.ts'

/** JobConfigurationTableCopy, as far as it is taken. */
export interface CopySpec {
  readonly sourceTable?: Partial<TableReference>
  readonly sourceTables?: readonly Partial<TableReference>[]
  readonly destinationTable?: Partial<TableReference>
  readonly createDisposition?: string
  readonly writeDisposition?: string
  readonly operationType?: string
}

const KNOWN = new Set([
  'sourceTable',
  'sourceTables',
  'destinationTable',
  'createDisposition',
  'writeDisposition',
  'operationType',
])

/** Copies tables into one, all of them or none. @throws BigQueryError @returns how many rows */
export async function copyTables(
  parts: { readonly catalog: Catalog; readonly store: Store },
  projectId: string,
  spec: CopySpec,
): Promise<number> {
  for (const [key, value] of Object.entries(spec))
    if (value !== undefined && value !== null && !KNOWN.has(key)) throw notImplemented(`${key} of copy jobs`)
  const { operationType = 'COPY' } = spec
  if (operationType !== 'COPY') throw notImplemented(`the operation ${operationType} of copy jobs`)
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
  await writeTo(
    parts,
    destinationOf({ ...spec, ...settingsOf(first.spec) }, projectId, first.fields, 'WRITE_EMPTY'),
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
