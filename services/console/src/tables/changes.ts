import type { Row } from '../bigquery/cells.ts'
import { isMissing, quoted, type Tables } from './dataset.ts'

/** A row of `schema_changes`, which table-manager writes. */
export interface TableChange {
  readonly change_id: string
  /** RFC 3339. */
  readonly changed_at: string
  readonly table_name: string
  readonly change: 'created' | 'altered'
  /** Paths by column names. */
  readonly added: string[]
  readonly relaxed: string[]
  readonly widened: { path: string; from_type: string; to_type: string }[]
  /** The events that asked for it, a hundred at most. */
  readonly event_ids: string[]
}

export interface ChangeFilter {
  readonly table?: string
  /** RFC 3339: only those from then on. */
  readonly since?: string
  readonly until?: string
  /** The oldest of more than there are told at most; absent: the newest. */
  readonly oldest?: boolean
}

const MOST_CHANGES = 1000

/** The changes of tables, newest first, a thousand at most; none where no table was changed yet. One that was told twice is there once. */
export async function readChanges(
  tables: Tables,
  { table, since, until, oldest = false }: ChangeFilter,
): Promise<TableChange[]> {
  const conditions = [
    'TRUE',
    ...(table === undefined ? [] : ['table_name = @table']),
    ...(since === undefined ? [] : ['changed_at >= TIMESTAMP(@since)']),
    ...(until === undefined ? [] : ['changed_at <= TIMESTAMP(@until)']),
  ]
  const sql = `SELECT change_id, changed_at, table_name, change, added, relaxed, widened, event_ids
    FROM ${quoted(tables, 'schema_changes')} WHERE ${conditions.join(' AND ')}
    ORDER BY changed_at ${oldest ? 'ASC' : 'DESC'} LIMIT ${MOST_CHANGES}`
  const params = {
    ...(table !== undefined && { table }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
  }
  try {
    const { rows } = await tables.warehouse.query({ sql, params })
    const told = (rows as unknown as readonly (TableChange & Row)[]).map(changeOf)
    const changes = oldest ? told.toReversed() : told
    return [...new Map(changes.map((change) => [change.change_id, change])).values()]
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

/** As it is, without what else a row may have. */
function changeOf({
  change_id,
  changed_at,
  table_name,
  change,
  added,
  relaxed,
  widened,
  event_ids,
}: TableChange) {
  return { change_id, changed_at, table_name, change, added, relaxed, widened, event_ids }
}
