import type { DuckDBConnection } from '@duckdb/node-api'
import type { ColumnType } from '../values/column-type.ts'
import { BigQueryError } from '../errors.ts'
import { checkExpiration } from './expiration.ts'
import { quote, readFields, type Field } from '../values/fields.ts'
import type { NewNames } from '../table/insert-statements.ts'
import { physical } from '../table/physical.ts'
import { planSchemaChange, type SchemaChange } from './schema-change.ts'
import { refuseSnapshot } from '../table/table-snapshot.ts'
import { checkClustering, mergeSpec, readSpec, tableId, type Table } from '../table/table.ts'
import { checkConstraints } from '../table/table-constraints.ts'
import { widenField } from './widen-field.ts'

/** What a table is like after a change, and what DuckDB's table is asked for. */
export interface TableChange {
  readonly spec: Table['spec']
  readonly planned: SchemaChange
  /** Another name of a column. */
  readonly names?: NewNames
  /** Before the columns that are added or grow. */
  readonly first?: (connection: DuckDBConnection) => Promise<void>
}

/** Finds the change of a table as it is then. @throws BigQueryError */
export type PlanChange = (table: Table) => TableChange

/** tables.patch: the given parts are changed. @param viewFields what the query of a view gives */
export function patched(
  body: Readonly<Record<string, unknown>>,
  now: number,
  viewFields?: readonly Field[],
): PlanChange {
  return (before) => {
    const id = tableId(before.reference)
    const change = readSpec(body)
    checkExpiration(change, now)
    if ((change.view !== undefined) !== (before.spec.view !== undefined) && change.view)
      throw new BigQueryError('invalid', `Table ${id} is no view.`)
    const partitioning = before.spec.timePartitioning
    const isOther = change.timePartitioning?.field !== partitioning?.field || !partitioning
    if (change.timePartitioning && isOther)
      throw new BigQueryError('invalid', `Cannot change the partitioning of table ${id}.`)
    const sent = change.schema?.fields
    const planned = before.spec.view
      ? { fields: describedAs(viewFields ?? before.fields, sent ?? []), added: [], grown: [] }
      : planSchemaChange(id, before.fields, sent ? readFields(sent) : before.fields)
    if (isChanged(before.fields, planned.fields) || change.clustering) refuseSnapshot(before)
    const spec = mergeSpec(before.spec, change, planned.fields)
    checkClustering(spec, planned.fields)
    checkConstraints(spec.tableConstraints, planned.fields)
    return { spec, planned }
  }
}

/** The columns of a view are those of its query; a change may say what they are about (docs: managing views, "Update a view's schema"). */
function describedAs(fields: readonly Field[], sent: readonly Field[]): readonly Field[] {
  return fields.map((field) => {
    const said = sent.find(({ name }) => name.toLowerCase() === field.name.toLowerCase())
    if (!said) return field
    return {
      ...field,
      ...(said.description !== undefined && { description: said.description }),
      ...(field.fields && { fields: describedAs(field.fields, said.fields ?? []) }),
    }
  })
}

/** ALTER COLUMN SET DATA TYPE. */
export function widened({ name, type }: ColumnType, ifExists: boolean): PlanChange {
  return ({ reference, spec, fields }) => {
    if (ifExists && !find(fields, name)) return { spec, planned: unchanged(fields) }
    const field = fieldNamed({ reference, fields }, name)
    const wider = widenField(field, type)
    const all = fields.map((each) => (each === field ? wider : each))
    return {
      spec: { ...spec, schema: { fields: all } },
      planned: { fields: all, added: [], grown: [wider] },
    }
  }
}

/** Another name for a column. @param to undefined: it goes */
export function renamed(name: string, to: string | undefined, ifExists: boolean): PlanChange {
  return ({ reference, spec, fields }) => {
    if (ifExists && !find(fields, name)) return { spec, planned: unchanged(fields) }
    const field = fieldNamed({ reference, fields }, name)
    checkFree({ reference, spec }, field)
    if (to === undefined && fields.length === 1)
      throw new BigQueryError('invalidQuery', 'The last column of a table is not dropped.')
    if (to !== undefined && find(fields, to))
      throw new BigQueryError('invalidQuery', `Column already exists in ${tableId(reference)}: ${to}`)
    const all = fields.flatMap((each) =>
      each !== field ? [each] : to === undefined ? [] : [{ ...field, name: to }],
    )
    const what =
      to === undefined
        ? `DROP COLUMN ${quote(field.name)}`
        : `RENAME COLUMN ${quote(field.name)} TO ${quote(to)}`
    return {
      spec: { ...spec, schema: { fields: all } },
      planned: unchanged(all),
      names: new Map([[field.name, to]]),
      first: async (connection) => {
        await connection.run(`ALTER TABLE ${physical(reference)} ${what}`)
      },
    }
  }
}

/** What changes, one after another, make of the names of columns. */
export function newNames(fields: readonly Field[], changes: readonly TableChange[]): NewNames {
  const all = new Map<string, string | undefined>()
  for (const { name } of fields) {
    let now: string | undefined = name
    for (const { names } of changes) if (now !== undefined && names?.has(now)) now = names.get(now)
    if (now !== name) all.set(name, now)
  }
  return all
}

/** A column is said to be something else: what it may hold stays as it is. */
export function described(name: string, change: (field: Field) => Field, ifExists: boolean): PlanChange {
  return ({ reference, spec, fields }) => {
    if (ifExists && !find(fields, name)) return { spec, planned: unchanged(fields) }
    const field = fieldNamed({ reference, fields }, name)
    const all = fields.map((each) => (each === field ? change(field) : each))
    const planned = planSchemaChange(tableId(reference), fields, all)
    return { spec: { ...spec, schema: { fields: planned.fields } }, planned }
  }
}

/** Columns behind the others. */
export function added(
  columns: readonly { readonly field: Field; readonly ifNotExists: boolean }[],
): PlanChange {
  return (table) => {
    const { reference, spec } = table
    let { fields } = table
    for (const { field, ifNotExists } of columns) {
      const exists = find(fields, field.name) !== undefined
      if (exists && !ifNotExists)
        throw new BigQueryError('invalidQuery', `Column already exists: ${field.name}`)
      if (!exists) fields = [...fields, field]
    }
    const planned = planSchemaChange(tableId(reference), table.fields, readFields(fields))
    return { spec: { ...spec, schema: { fields: planned.fields } }, planned }
  }
}

const isChanged = (before: readonly Field[], after: readonly Field[]): boolean =>
  JSON.stringify(before) !== JSON.stringify(after)

const unchanged = (fields: readonly Field[]): SchemaChange => ({ fields, added: [], grown: [] })

const find = (fields: readonly Field[], name: string): Field | undefined =>
  fields.find((each) => each.name.toLowerCase() === name.toLowerCase())

function fieldNamed({ reference, fields }: Pick<Table, 'reference' | 'fields'>, name: string): Field {
  const field = find(fields, name)
  if (!field)
    throw new BigQueryError('invalidQuery', `Column not found: ${name} in table ${tableId(reference)}`)
  return field
}

function checkFree({ reference, spec }: Pick<Table, 'reference' | 'spec'>, { name }: Field): void {
  const bound = [
    spec.timePartitioning?.field,
    spec.rangePartitioning?.field,
    ...(spec.clustering?.fields ?? []),
    ...(spec.tableConstraints?.primaryKey?.columns ?? []),
    ...(spec.tableConstraints?.foreignKeys ?? []).flatMap(({ columnReferences }) =>
      columnReferences.map(({ referencingColumn }) => referencingColumn),
    ),
  ]
  if (!bound.some((other) => other?.toLowerCase() === name.toLowerCase())) return
  const message = `Column ${name} of ${tableId(reference)} is one to partition, to cluster by or of a key: it is not renamed or dropped.`
  throw new BigQueryError('invalidQuery', message)
}
