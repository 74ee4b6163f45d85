import type { AlterAction } from '../../sql/statements/alter-table.ts'
import { added, described, renamed, widened, type PlanChange } from '../catalog/table-change.ts'
import { BigQueryError } from '../errors.ts'
import type { Field } from '../values/fields.ts'
import type { Table, TableReference } from '../table/table.ts'
import { keysChanged } from './alter-keys.ts'
import type { Tables } from '../catalog/tables.ts'

type Of<K extends AlterAction['kind']> = Extract<AlterAction, { kind: K }>
type Options = Readonly<Record<string, unknown>>

/**
 * Does what ALTER TABLE says, one action after another: all of them or none.
 *
 * @param newTable finds the table that a foreign key refers to @throws BigQueryError
 */
export async function alterTable(
  tables: Tables,
  { reference }: Table,
  actions: readonly AlterAction[],
  settled: (options: Options) => Promise<Options>,
  newTable: (path: readonly string[]) => TableReference,
): Promise<void> {
  const [first] = actions
  if (first?.kind === 'name' && actions.length === 1) {
    await tables.renameTable(reference, first.to)
    return
  }
  const changes: PlanChange[] = []
  for (const together of runsOf(actions)) changes.push(await planOf(tables, together, settled, newTable))
  await tables.alter(reference, changes)
}

/** Does what ALTER VIEW says: its options, and what its columns are about. @throws BigQueryError for a column that it has not */
export async function alterView(
  tables: Tables,
  { reference, fields }: Table,
  actions: readonly AlterAction[],
  settled: (options: Options) => Promise<Options>,
): Promise<void> {
  let body: Options = {}
  let columns = fields
  for (const action of actions) {
    if (action.kind === 'options') body = { ...body, ...(await settled(action.options)) }
    if (action.kind !== 'describe') continue
    const { name, ifExists, description } = action
    const isIt = (field: Field) => field.name.toLowerCase() === name.toLowerCase()
    if (!ifExists && !columns.some(isIt)) throw new BigQueryError('invalidQuery', `Column not found: ${name}`)
    columns = columns.map((field) => (isIt(field) ? { ...field, description } : field))
  }
  const schema = columns === fields ? {} : { schema: { fields: columns } }
  await tables.patch(reference, { ...body, ...schema }, undefined)
}

/** Columns that are added one after another are added at once: there may be thousands. */
function runsOf(actions: readonly AlterAction[]): (AlterAction | readonly Of<'add'>[])[] {
  const runs: (AlterAction | Of<'add'>[])[] = []
  for (const action of actions) {
    const last = runs.at(-1)
    if (action.kind !== 'add') runs.push(action)
    else if (Array.isArray(last)) last.push(action)
    else runs.push([action])
  }
  return runs
}

async function planOf(
  tables: Tables,
  action: AlterAction | readonly Of<'add'>[],
  settled: (options: Options) => Promise<Options>,
  newTable: (path: readonly string[]) => TableReference,
): Promise<PlanChange> {
  if (!('kind' in action)) return added(action)
  switch (action.kind) {
    case 'type':
      return widened(action.column, action.ifExists)
    case 'add':
      return added([action])
    case 'drop':
      return renamed(action.name, undefined, action.ifExists)
    case 'rename':
      return renamed(action.name, action.to, action.ifExists)
    case 'addKeys':
    case 'dropKey':
      return keysChanged(tables, action, newTable)
    case 'options':
      return tables.patched(await settled(action.options))
    case 'default':
      return described(action.name, (field) => withDefault(field, action.expression), action.ifExists)
    case 'nullable':
      return described(action.name, (field) => ({ ...field, mode: 'NULLABLE' }), action.ifExists)
    case 'describe':
      return described(
        action.name,
        (field) => ({ ...field, description: action.description }),
        action.ifExists,
      )
    default:
      // its reader lets a new name stand alone
      throw new TypeError('A table is not renamed beside other changes.')
  }
}

function withDefault(field: Field, expression: string | undefined): Field {
  if (expression !== undefined) return { ...field, defaultValueExpression: expression }
  const none = Object.entries(field).filter(([key]) => key !== 'defaultValueExpression')
  return Object.fromEntries(none) as unknown as Field
}
