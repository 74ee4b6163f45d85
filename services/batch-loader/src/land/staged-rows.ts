import type { Column } from '@tablestream/table-schema'
import { stagingNames } from '../row/staging-names.ts'
import { placeOf } from '../rows.ts'
import type { WrittenType } from '../written.ts'
import { isGrown } from './ahead-tables.ts'
import { valueSql } from './value-sql.ts'

/** Rows of a type in one of the load's own tables. */
export interface StagedRows {
  /** Full name, in backticks. */
  readonly table: string
  /** SQL behind SELECT; absent: all columns. */
  readonly select?: string
  /** SQL that is true for these rows; absent: all. */
  readonly where?: string
}

/** SQL of the rows of several tables, some of which lack columns of others: they are NULL there. */
export function stagingSql(staged: readonly StagedRows[]): string {
  const [one] = staged
  if (staged.length === 1 && !one!.select && !one!.where) return one!.table
  return `(${staged.map(selectSql).join(' FULL OUTER UNION ALL BY NAME ')})`
}

function selectSql({ table, select = '*', where }: StagedRows): string {
  return `SELECT ${select} FROM ${table}${where ? ` WHERE ${where}` : ''}`
}

/**
 * How many places the rows of such tables have, and how many rows there are.
 *
 * @param columns all of the type @param staged at least one
 */
export function placesQuery(columns: readonly Pick<Column, 'name'>[], staged: readonly StagedRows[]): string {
  const { place } = stagingNames(columns)
  const rows = staged.map((each) => selectSql({ ...each, select: place })).join(' UNION ALL ')
  return `SELECT COUNT(DISTINCT ${place}) AS places, COUNT(*) AS found FROM (${rows})`
}

/** The tables of rows that were loaded while their shares were surveyed, with the numbers of these shares. */
export function aheadTablesOf(
  written: readonly Pick<WrittenType, 'ahead'>[],
): ReadonlyMap<string, readonly number[]> {
  const shares = new Map<string, number[]>()
  for (const { ahead } of written)
    for (const table of ahead?.tables ?? []) shares.set(table, [...(shares.get(table) ?? []), ahead!.share])
  return shares
}

/**
 * The rows of some shares in a table that was filled while others were surveyed, as if it had been made for the columns of the end. A
 * RECORD has all of its fields; a column that became another one is left out: these rows have no value of it.
 *
 * @param columns of the type @param there those of the table
 */
export function aheadRows(
  columns: readonly Column[],
  { table, there, shares }: { table: string; there: readonly Column[]; shares: readonly number[] },
): { readonly rows: StagedRows; readonly names: readonly string[] } {
  const { place, match } = stagingNames(columns)
  const wanted = new Map(columns.map((column) => [column.name, column]))
  const names: string[] = []
  const other: string[] = []
  const left: string[] = []
  for (const column of there) {
    if (column.name === place || column.name === match) continue
    const to = wanted.get(column.name)
    const name = `\`${column.name}\``
    if (!to || !isGrown(column, to)) {
      left.push(name)
      continue
    }
    names.push(column.name)
    const value = valueSql(to, column, name)
    if (value !== name) other.push(`${value} AS ${name}`)
  }
  const except = left.length > 0 ? ` EXCEPT (${left.join(', ')})` : ''
  const replace = other.length > 0 ? ` REPLACE (${other.join(', ')})` : ''
  return { rows: { table, select: `*${except}${replace}`, where: sharesCondition(place, shares) }, names }
}

/** SQL that is true for the places of these shares. */
function sharesCondition(place: string, shares: readonly number[]): string {
  const spans: [first: number, last: number][] = []
  for (const share of shares.toSorted((a, b) => a - b)) {
    const span = spans.at(-1)
    if (span && share <= span[1] + 1) span[1] = share
    else spans.push([share, share])
  }
  const within = ([first, last]: readonly [number, number]) =>
    `${place} >= ${placeOf(first, 0)} AND ${place} < ${placeOf(last + 1, 0)}`
  return spans.length === 1 ? within(spans[0]!) : spans.map((span) => `(${within(span)})`).join(' OR ')
}
