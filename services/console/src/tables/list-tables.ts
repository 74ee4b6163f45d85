import type { TableList } from '../api/tables.ts'
import { typeOf } from './type-of-table.ts'
import { readChanges } from './changes.ts'
import { schemaView, type Tables } from './dataset.ts'
import { kindOf, timeOf } from './describe-table.ts'

interface Listed {
  readonly table: TableList['tables'][number]
  /** Paths of its columns, by names with dots. */
  readonly paths: readonly string[]
}

/** Tables of which the number of rows is told: each is a call of the API. */
const MOST_COUNTED = 200
const AT_ONCE = 10

/** Every table and view of the dataset: those of events first. */
export async function listTables(tables: Tables): Promise<Listed[]> {
  const [columns, types, changes] = await Promise.all([
    columnsByTable(tables),
    typesByTable(tables),
    readChanges(tables, {}),
  ])
  const lastChange = new Map(changes.toReversed().map((change) => [change.table_name, change.changed_at]))
  const listed = [...types].map(([name, type]): Listed => {
    const paths = columns.get(name) ?? []
    const kind = kindOf(new Set(paths), type.endsWith('VIEW'))
    const eventType = kind === 'events' ? typeOf(name) : undefined
    const table = {
      name,
      kind,
      ...(eventType !== undefined && { event_type: eventType }),
      rows: null,
      bytes: null,
      created_at: null,
      columns: paths.length,
      last_change: lastChange.get(name) ?? null,
    }
    return { table, paths }
  })
  const order = ['events', 'own', 'view']
  const sorted = listed.toSorted(
    ({ table: a }, { table: b }) =>
      order.indexOf(a.kind) - order.indexOf(b.kind) || (a.name < b.name ? -1 : 1),
  )
  const counted = sorted.slice(0, MOST_COUNTED)
  for (let at = 0; at < counted.length; at += AT_ONCE) {
    const some = counted.slice(at, at + AT_ONCE)
    await Promise.all(some.map(({ table }) => count(tables, table)))
  }
  return sorted
}

async function count({ warehouse, dataset }: Tables, table: Listed['table']): Promise<void> {
  const facts = await warehouse.table(dataset, table.name)
  if (!facts) return
  const isView = table.kind === 'view'
  Object.assign(table, {
    rows: isView || facts.numRows === undefined ? null : Number(facts.numRows),
    bytes: isView || facts.numBytes === undefined ? null : Number(facts.numBytes),
    created_at: timeOf(facts.creationTime),
  })
}

async function columnsByTable(tables: Tables): Promise<Map<string, string[]>> {
  const sql = `SELECT table_name, field_path FROM ${schemaView(tables, 'COLUMN_FIELD_PATHS')} ORDER BY table_name`
  const byTable = new Map<string, string[]>()
  for await (const { rows } of tables.warehouse.pages({ sql }))
    for (const row of rows) {
      const name = row['table_name'] as string
      const paths = byTable.get(name)
      if (paths) paths.push(row['field_path'] as string)
      else byTable.set(name, [row['field_path'] as string])
    }
  return byTable
}

async function typesByTable(tables: Tables): Promise<Map<string, string>> {
  const sql = `SELECT table_name, table_type FROM ${schemaView(tables, 'TABLES')}`
  const types = new Map<string, string>()
  for await (const { rows } of tables.warehouse.pages({ sql }))
    for (const row of rows) types.set(row['table_name'] as string, row['table_type'] as string)
  return types
}
