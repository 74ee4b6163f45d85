import type { AlterAction } from '../../sql/alter-table.ts'
import { BigQueryError } from '../errors.ts'
import type { Field } from '../values/fields.ts'
import { tableId, type Table } from '../table/table.ts'
import type { Tables } from '../catalog/tables.ts'

type Of<K extends AlterAction['kind']> = Extract<AlterAction, { kind: K }>

/** Does what ALTER TABLE says; all actions are of one kind. @throws BigQueryError */
export async function alterTable(
  tables: Tables,
  table: Table,
  actions: readonly AlterAction[],
  settled: (options: Readonly<Record<string, unknown>>) => Promise<Readonly<Record<string, unknown>>>,
): Promise<void> {
  const { reference, fields } = table
  const only = <K extends AlterAction['kind']>(kind: K) =>
    actions.filter((action): action is Of<K> => action.kind === kind)
  const named = (name: string): Field => fieldNamed(table, name)
  switch (actions[0]!.kind) {
    case 'type':
      await tables.widen(
        reference,
        only('type').map(({ column }) => column),
      )
      return
    case 'add':
      await tables.patch(
        reference,
        { schema: { fields: [...fields, ...added(table, only('add'))] } },
        undefined,
      )
      return
    case 'name':
      await tables.renameTable(reference, only('name')[0]!.to)
      return
    case 'options':
      await tables.patch(
        reference,
        await settled(Object.assign({}, ...only('options').map(({ options }) => options))),
        undefined,
      )
      return
    case 'nullable':
    case 'describe': {
      const changed = new Map<string, Field>()
      for (const { name } of only('nullable'))
        changed.set(named(name).name, { ...named(name), mode: 'NULLABLE' })
      for (const { name, description } of only('describe'))
        changed.set(named(name).name, { ...named(name), description })
      const all = fields.map((field) => changed.get(field.name) ?? field)
      await tables.patch(reference, { schema: { fields: all } }, undefined)
      return
    }
    default:
      await tables.rename(reference, renamed(table, [...only('drop'), ...only('rename')]))
  }
}

function added(table: Table, actions: readonly Of<'add'>[]): Field[] {
  return actions.flatMap(({ field, ifNotExists }) => {
    const exists = table.fields.some(({ name }) => name.toLowerCase() === field.name.toLowerCase())
    if (exists && ifNotExists) return []
    if (exists) throw new BigQueryError('invalidQuery', `Column already exists: ${field.name}`)
    return [field]
  })
}

/** The columns' new names, undefined for those that are dropped. */
function renamed(
  table: Table,
  actions: readonly (Of<'drop'> | Of<'rename'>)[],
): Map<string, string | undefined> {
  const { fields, spec } = table
  const bound = [
    spec.timePartitioning?.field,
    spec.rangePartitioning?.field,
    ...(spec.clustering?.fields ?? []),
    ...(spec.tableConstraints?.primaryKey?.columns ?? []),
  ]
  const names = new Map<string, string | undefined>()
  for (const action of actions) {
    const exists = fields.some(({ name }) => name.toLowerCase() === action.name.toLowerCase())
    if (!exists && action.ifExists) continue
    const { name } = fieldNamed(table, action.name)
    if (bound.some((other) => other?.toLowerCase() === name.toLowerCase()))
      throw new BigQueryError(
        'invalidQuery',
        `Column ${name} of ${tableId(table.reference)} is one to partition, to cluster by or of the primary key: it is not renamed or dropped.`,
      )
    names.set(name, action.kind === 'rename' ? action.to : undefined)
  }
  const after = fields.flatMap(({ name }) => (names.has(name) ? (names.get(name) ?? []) : name))
  if (after.length === 0)
    throw new BigQueryError('invalidQuery', 'The last column of a table is not dropped.')
  if (new Set(after.map((name) => name.toLowerCase())).size < after.length)
    throw new BigQueryError('invalidQuery', `Column already exists in ${tableId(table.reference)}`)
  return names
}

function fieldNamed(table: Table, name: string): Field {
  const field = table.fields.find((each) => each.name.toLowerCase() === name.toLowerCase())
  if (!field)
    throw new BigQueryError('invalidQuery', `Column not found: ${name} in table ${tableId(table.reference)}`)
  return field
}
