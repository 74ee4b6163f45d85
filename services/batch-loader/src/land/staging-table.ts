import { isEnvelopeKey, isSystemKey, type Column } from '@tablestream/table-schema'
import type { TableField } from '../google/bigquery.ts'
import { stagingNames } from '../row/staging-names.ts'
import type { WrittenType } from '../written.ts'

/** What is left behind by a load that nobody took up again is gone after a day. */
export const STAGING_MS = 86_400_000

/** A table of the load's own that rows of a type are loaded into first. */
export interface StagingTable {
  /** Ends its name: which groups of columns it has; empty: all. No table has those of RANGE. */
  readonly suffix: string
  /** In the order of the type's; those of the envelope and of the system are always there. */
  readonly columns: readonly Column[]
}

/**
 * So many groups of columns there are at most, and so 255 tables of a type: a query takes 1,000 (docs: quotas, query jobs). Shares that
 * follow each other mostly have values in the same groups, as columns stand in the order in which they were found.
 */
const MOST_GROUPS = 8
/** And so many columns a group has at least: a table costs requests, and few empty values are no gain. */
const LEAST_COLUMNS = 32

/**
 * Where the rows of a share go. A file that changes its shape all the time has hundreds of columns, and each row values for few of them:
 * an engine that writes down empty values would write most of them twice. So a table has those groups alone of which a row of the share
 * has a value. Every task finds the same by the columns and by what was written.
 *
 * @param all columns of the type
 * @param names of the columns of which rows of the share have values; undefined where that is not known
 */
export function stagingTableOf(all: readonly Column[], names: readonly string[] | undefined): StagingTable {
  // others made it: no event has a value for it, and its field would have to say a range of what (docs: tables, rangeElementType)
  const columns = all.filter(({ type }) => type !== 'RANGE')
  const own = columns.filter((column) => !isOurs(column))
  const size = Math.max(LEAST_COLUMNS, Math.ceil(own.length / MOST_GROUPS))
  const groupOf = new Map(own.map(({ name }, index) => [name, Math.floor(index / size)]))
  const groups = new Set((names ?? own.map(({ name }) => name)).map((name) => groupOf.get(name)))
  const bits = own.reduce((mask, { name }) => {
    const group = groupOf.get(name)!
    return groups.has(group) ? mask | (1 << group) : mask
  }, 0)
  const every = (1 << Math.ceil(own.length / size)) - 1
  if (bits === every) return { suffix: '', columns }
  return {
    suffix: `_${bits.toString(16)}`,
    columns: columns.filter((column) => isOurs(column) || groups.has(groupOf.get(column.name))),
  }
}

/** The tables of all shares, each once, in the order of their first rows. */
export function stagingTablesOf(
  columns: readonly Column[],
  written: readonly WrittenType[],
): readonly StagingTable[] {
  const withRows = written.filter(({ rows }) => rows > 0).map((each) => stagingTableOf(columns, each.columns))
  return [...new Map(withRows.map((table) => [table.suffix, table])).values()]
}

/** Whether a column is of the envelope or the system: each row has it. */
export const isOurs = ({ key }: Column): boolean => isEnvelopeKey(key) || isSystemKey(key)

/**
 * The fields of such a table. Nothing is REQUIRED there: the event's table says what is.
 *
 * @param all columns of the type @param columns those of the table
 */
export function stagingFields(all: readonly Column[], columns: readonly Column[]): readonly TableField[] {
  const { place, match } = stagingNames(all)
  return [...columns.map(fieldOf), { name: place, type: 'INTEGER' }, { name: match, type: 'STRING' }]
}

function fieldOf({ name, type, mode, fields }: Column): TableField {
  return {
    name,
    type,
    mode: mode === 'REPEATED' ? mode : 'NULLABLE',
    ...(fields && { fields: fields.map(fieldOf) }),
  }
}
