import type { Catalog } from './catalog.ts'
import { columnNames, settingsOf, writeTo } from './destination.ts'
import { BigQueryError, notImplemented } from './errors.ts'
import { physical } from './physical.ts'
import type { Store } from './store.ts'
import { incarnationOf, tableId, type TableReference } from './table.ts'

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
  const sources = sent.map((source) => parts.catalog.tables.stored(referenceOf(source, projectId)))
  const [first] = sources
  if (!first) throw new BigQueryError('required', 'Required parameter is missing: sourceTables')
  const reference = referenceOf(spec.destinationTable ?? {}, projectId)
  if (sources.some((source) => tableId(source.reference) === tableId(reference)))
    throw new BigQueryError('invalid', `Table ${tableId(reference)} cannot be copied to itself.`)
  const shapes = new Set(
    sources.map(({ fields }) => JSON.stringify(fields.map(({ name, type }) => [name, type]))),
  )
  if (shapes.size > 1)
    throw new BigQueryError('invalid', 'The tables that are copied have different schemas.')
  let rows = 0
  await writeTo(
    parts,
    {
      reference,
      fields: first.fields,
      body: settingsOf(first.spec),
      createDisposition: spec.createDisposition ?? 'CREATE_IF_NEEDED',
      writeDisposition: spec.writeDisposition ?? 'WRITE_EMPTY',
    },
    async (connection) => {
      const columns = columnNames(first.fields)
      for (const source of sources) {
        const select = `SELECT ${columns.slice(1, -1)} FROM ${physical(source.reference)}`
        rows += (await connection.run(`INSERT INTO ${physical(reference)} ${columns} ${select}`)).rowsChanged
      }
    },
    sources.map(incarnationOf),
  )
  return rows
}

function referenceOf(sent: Partial<TableReference>, projectId: string): TableReference {
  const { datasetId = '', tableId: id = '' } = sent
  if (id.includes('$')) throw notImplemented('copies of a partition')
  return { projectId: sent.projectId ?? projectId, datasetId, tableId: id }
}
