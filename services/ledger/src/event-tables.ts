import type { EventTable, Name } from './ledger-query.ts'
import type { Query } from './second-look.ts'

/** The tables that hold events, by name. */
export interface EventTables {
  readonly fit: ReadonlyMap<string, EventTable>
  /** Those that cannot be compared, and why. */
  readonly unfit: ReadonlyMap<string, string>
}

const TYPES: Readonly<Record<string, string>> = {
  event_id: 'STRING',
  event_date: 'DATE',
  _source: 'STRING',
  _fingerprint: 'INT64',
}

/** Whether a table's primary key is the one that table-manager gives to tables in which events take each other's place. */
export function isUpsertKey(columns: readonly string[]): boolean {
  const names = columns.map((column) => column.toLowerCase())
  return names.toSorted().join() === '_source,event_id'
}

/** Reads which tables have the columns of events. Somebody may have made one with other types: the others are compared without it. */
export async function readEventTables(query: Query, name: Name): Promise<EventTables> {
  const names = Object.keys(TYPES).map((column) => `'${column}'`)
  const rows = await query(
    // names of columns are the same whatever their case; a table that was restored as a clone takes rows as any other
    `SELECT table_name, LOWER(column_name) AS column_name, data_type, FALSE AS is_key FROM ${name('INFORMATION_SCHEMA.COLUMNS')}
     WHERE LOWER(column_name) IN (${names.join(', ')}) AND table_name IN (
       SELECT table_name FROM ${name('INFORMATION_SCHEMA.TABLES')} WHERE table_type IN ('BASE TABLE', 'CLONE'))
     UNION ALL
     SELECT k.table_name, LOWER(k.column_name), '', TRUE FROM ${name('INFORMATION_SCHEMA.KEY_COLUMN_USAGE')} AS k
       JOIN ${name('INFORMATION_SCHEMA.TABLE_CONSTRAINTS')} AS c
         ON c.constraint_name = k.constraint_name AND c.table_name = k.table_name
     WHERE c.constraint_type = 'PRIMARY KEY'`,
    {},
  )
  const columnsOf = new Map<string, Map<string, string>>()
  const keysOf = new Map<string, string[]>()
  for (const row of rows) {
    const [table, column] = [String(row['table_name']), String(row['column_name'])]
    if (row['is_key'] === true) keysOf.set(table, [...(keysOf.get(table) ?? []), column])
    else columnsOf.set(table, (columnsOf.get(table) ?? new Map()).set(column, String(row['data_type'])))
  }
  const fit = new Map<string, EventTable>()
  const unfit = new Map<string, string>()
  for (const [table, columns] of columnsOf) {
    if (!columns.has('event_id') || !columns.has('event_date')) continue
    const other = [...columns].find(([column, type]) => type !== TYPES[column])
    if (other) {
      const [column, type] = other
      unfit.set(table, `in the table ${table} the column ${column} is ${type}, and not ${TYPES[column]}`)
      continue
    }
    fit.set(table, {
      table,
      hasSource: columns.has('_source'),
      hasFingerprint: columns.has('_fingerprint'),
      isUpserted: isUpsertKey(keysOf.get(table) ?? []),
    })
  }
  return { fit, unfit }
}
