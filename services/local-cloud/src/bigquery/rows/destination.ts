import type { DuckDBConnection } from '@duckdb/node-api'
import type { Catalog } from '../catalog/catalog.ts'
import { BigQueryError } from '../errors.ts'
import { quote, type Field } from '../values/fields.ts'
import { settlePartitions } from '../table/settle-partitions.ts'
import { isByIngestion, partitionTime } from '../table/partition-time.ts'
import { PartitionBounds } from './partition-bounds.ts'
import { physical } from '../table/physical.ts'
import type { Store } from '../store/store.ts'
import { incarnationOf, tableId, type Table, type TableReference, type TableSpec } from '../table/table.ts'

/** Where the rows of a job go. */
export interface Destination {
  readonly reference: TableReference
  /** The partition that they are in, as decorators name it: what is there is looked at, and replaced, in it alone. */
  readonly partition?: string | undefined
  /** What is told of a table that is made. */
  readonly body: Readonly<Record<string, unknown>>
  readonly fields: readonly Field[]
  readonly createDisposition: string
  readonly writeDisposition: string
  /** How far a table that is there may change for the rows. */
  readonly schemaUpdateOptions?: readonly string[]
}

const CREATE = ['CREATE_IF_NEEDED', 'CREATE_NEVER']
const UPDATES = ['ALLOW_FIELD_ADDITION', 'ALLOW_FIELD_RELAXATION']
const WRITE = ['WRITE_EMPTY', 'WRITE_APPEND', 'WRITE_TRUNCATE']

/**
 * Brings the rows of a job into a table, all of them or none.
 *
 * @param fill brings them into the table, which has the columns
 * @throws BigQueryError notFound, duplicate, invalid where the columns do not fit
 */
export async function writeTo(
  { catalog, store }: { readonly catalog: Catalog; readonly store: Store },
  destination: Destination,
  fill: (connection: DuckDBConnection, table: Table) => Promise<void>,
  reads: readonly string[] = [],
): Promise<Table> {
  const { reference, partition, body, fields, createDisposition, writeDisposition } = destination
  const { schemaUpdateOptions = [] } = destination
  if (!CREATE.includes(createDisposition) || !WRITE.includes(writeDisposition))
    throw new BigQueryError('invalid', `Invalid disposition: ${createDisposition}, ${writeDisposition}`)
  const update = schemaUpdateOptions.find((option) => !UPDATES.includes(option))
  if (update !== undefined)
    throw new BigQueryError('invalid', `Invalid value for schemaUpdateOptions: ${update}`)
  const isPartition = partition !== undefined && writeDisposition === 'WRITE_TRUNCATE'
  if (schemaUpdateOptions.length > 0 && writeDisposition !== 'WRITE_APPEND' && !isPartition) {
    const message =
      'Schema update options should only be specified with WRITE_APPEND disposition, or with WRITE_TRUNCATE disposition on a table partition.'
    throw new BigQueryError('invalid', message)
  }
  const before = catalog.tables.find(reference)
  if (!before && createDisposition === 'CREATE_NEVER')
    throw new BigQueryError('notFound', `Not found: Table ${tableId(reference)}`)
  const isReplaced = writeDisposition === 'WRITE_TRUNCATE' && partition === undefined
  if (before && isReplaced && before.fields.length > 0 && !sameFields(before.fields, fields)) {
    const { spec } = catalog.tables.writable(reference)
    const time = isByIngestion({ spec }) ? partitionTime({ spec, reference }, store.now()) : ''
    const others = { ...whatStays(spec), ...body, schema: { fields } }
    const fillOther = async (connection: DuckDBConnection, table: Table) => {
      await fill(connection, table)
      await settlePartitions(connection, table, time)
    }
    return catalog.tables.replace(reference, others, fillOther, reads)
  }
  const isNew = !before
  let table = isNew
    ? await catalog.tables.create(reference, { ...body, schema: { fields } })
    : catalog.tables.writable(reference)
  const isEmptied = writeDisposition === 'WRITE_TRUNCATE' && !isNew
  try {
    const isBlank = table.fields.length === 0
    if (!isNew && (isBlank || schemaUpdateOptions.length > 0)) {
      const wanted = isBlank ? fields : updated(table.fields, fields, schemaUpdateOptions)
      table = await catalog.tables.patch(reference, { schema: { fields: wanted } }, undefined)
    }
    if (!isNew) await checkBefore(catalog, table, fields, partition === undefined ? writeDisposition : '')
    const time = isByIngestion(table) ? partitionTime(table, store.now(), partition) : ''
    const bounds = partition === undefined ? undefined : new PartitionBounds(table, partition)
    await store.write(
      async (connection) => {
        if (isEmptied)
          await connection.run(`DELETE FROM ${physical(reference)} WHERE ${bounds?.condition ?? 'TRUE'}`)
        await bounds?.begin(connection, writeDisposition === 'WRITE_EMPTY')
        await fill(connection, table)
        await settlePartitions(connection, table, time)
        await bounds?.end(connection)
      },
      [...reads, incarnationOf(table)],
      isEmptied ? [incarnationOf(table)] : [],
    )
    return table
  } catch (error) {
    // a job that fails leaves no table behind that it made
    if (!before) await catalog.tables.delete(reference)
    throw error
  }
}

/** What a table keeps when a job replaces its rows and its columns; its keys go (docs: WriteDisposition, WRITE_TRUNCATE). */
function whatStays(spec: TableSpec): Omit<TableSpec, 'schema'> {
  const { schema: _, tableConstraints: __, ...stays } = spec
  return stays
}

/** The columns of a table with those that rows bring, as far as a job allows it; what it does not allow is left as it is. */
function updated(
  before: readonly Field[],
  sent: readonly Field[],
  options: readonly string[],
): readonly Field[] {
  const byName = new Map(sent.map((field) => [field.name.toLowerCase(), field]))
  const kept = before.map((old): Field => {
    const field = byName.get(old.name.toLowerCase())
    byName.delete(old.name.toLowerCase())
    const isRelaxed =
      old.mode === 'REQUIRED' && field?.mode !== 'REQUIRED' && options.includes('ALLOW_FIELD_RELAXATION')
    return {
      ...old,
      ...(isRelaxed && { mode: 'NULLABLE' }),
      ...(old.fields && { fields: updated(old.fields, field?.fields ?? [], options) }),
    }
  })
  return options.includes('ALLOW_FIELD_ADDITION') ? [...kept, ...byName.values()] : kept
}

async function checkBefore(
  catalog: Catalog,
  table: Table,
  fields: readonly Field[],
  writeDisposition: string,
): Promise<void> {
  const id = tableId(table.reference)
  if (writeDisposition === 'WRITE_EMPTY' && (await catalog.tables.countRows(table)) > 0)
    throw new BigQueryError('duplicate', `Already Exists: Table ${id}`)
  for (const { name, type } of fields) {
    const column = table.fields.find((each) => each.name.toLowerCase() === name.toLowerCase())
    const why = !column
      ? `Cannot add fields (field: ${name})`
      : `Field ${name} has changed type from ${column.type} to ${type}`
    if (column?.type !== type)
      throw new BigQueryError('invalid', `Provided Schema does not match Table ${id}. ${why}`)
  }
}

const sameFields = (a: readonly Field[], b: readonly Field[]): boolean =>
  JSON.stringify(a.map(essence)) === JSON.stringify(b.map(essence))

function essence({ name, type, mode = 'NULLABLE', fields }: Field): object {
  return { name, type, mode, fields: fields?.map(essence) }
}

/** `("a", "b")` */
export function columnNames(fields: readonly Field[]): string {
  return `(${fields.map(({ name }) => quote(name)).join(', ')})`
}
