import { columnsBytes } from './column-bytes.ts'
import { quote, type Field } from '../values/fields.ts'
import { partitionField, storedFields } from '../table/partition-time.ts'
import { physical } from '../table/physical.ts'
import type { Table, TableReference } from '../table/table.ts'

/** A node of DuckDB's plan, as EXPLAIN (FORMAT json) tells it. */
export interface PlanNode {
  readonly name: string
  readonly children?: readonly PlanNode[]
  readonly extra_info?: Readonly<Record<string, string | readonly string[] | undefined>>
}

const ALL = 'TRUE'
const WORDS = /[\p{L}\p{M}\p{N}_]+/gu

/** What a query reads of one table. */
interface Scan {
  readonly columns: Set<string>
  /** SQL, one for each time that the table is read; `ALL` where all partitions are. */
  readonly conditions: Set<string>
}

/** The columns that a query reads of a table, in which of its partitions. */
export interface ColumnsRead {
  readonly table: Table
  readonly fields: readonly Field[]
  /** SQL that is true for rows of the partitions that are read; undefined: all of them are. */
  readonly condition: string | undefined
}

/**
 * What a query reads at BigQuery, whose bytes it bills: of each table, the columns that it names, in the partitions that it does not
 * leave out, once, however often the query names the table (docs: estimate and control costs; querying partitioned tables). Which
 * columns and conditions these are is what DuckDB's plan pushes down to the table.
 *
 * @param query GoogleSQL, as it was asked
 * @param plan what DuckDB makes of it
 */
export function columnsRead(
  query: string,
  plan: readonly PlanNode[],
  tables: readonly Table[],
): ColumnsRead[] {
  const scans = new Map<Table, Scan>()
  for (const node of plan) collect(node, [], tables, scans)
  const texts = [query, ...tables.map(({ spec }) => spec.view?.query ?? '')]
  const named = new Set(texts.join('\n').toLowerCase().match(WORDS))
  return [...scans].flatMap(([table, { columns, conditions }]) => {
    // DuckDB leaves a condition out that it knows to be true; `*` names nothing
    const partition = partitionField(table)?.name ?? ''
    if (named.has(partition.toLowerCase())) columns.add(partition)
    const fields = table.fields.filter(({ name }) => columns.has(name))
    if (fields.length === 0) return []
    const condition = conditions.has(ALL)
      ? undefined
      : [...conditions].map((each) => `(${each})`).join(' OR ')
    return [{ table, fields, condition }]
  })
}

/** DuckDB's SQL for the bytes of what is read. */
export function bytesQuery({ table, fields, condition }: ColumnsRead): string {
  const where = condition === undefined ? '' : ` WHERE ${partitionsWith(table, condition)}`
  return `SELECT coalesce(sum(${columnsBytes(fields)}), 0) FROM ${physical(table.reference)}${where}`
}

function collect(
  node: PlanNode,
  above: readonly string[],
  tables: readonly Table[],
  scans: Map<Table, Scan>,
): void {
  const info = node.extra_info ?? {}
  const isFilter = node.name.trim() === 'FILTER'
  // what DuckDB says is optional, which comes last, it says again in a filter above
  const own = textsOf(info['Filters'])
    .map((text) => text.split(/(?:^| AND )optional:/i)[0]!)
    .filter((text) => text !== '')
  const table = tables.find(({ reference }) => isNameOf(textsOf(info['Table'])[0] ?? '', reference))
  if (table) {
    const scan = scans.get(table) ?? { columns: new Set(), conditions: new Set() }
    for (const column of columnsIn([...textsOf(info['Projections']), ...own], table)) scan.columns.add(column)
    const partition = partitionField(table)?.name
    const conditions = [...above, ...own].flatMap(conjuncts).filter((text) => {
      const names = columnsIn([text], table)
      // one that names none is of structs, whose fields DuckDB puts together below
      return names.length > 0 && names.every((column) => column === partition)
    })
    scan.conditions.add(conditions.length === 0 ? ALL : conditions.join(' AND '))
    scans.set(table, scan)
  }
  const filters = isFilter ? [...above, ...textsOf(info['Expression'])] : []
  for (const child of node.children ?? []) collect(child, filters, tables, scans)
}

function textsOf(info: string | readonly string[] | undefined): readonly string[] {
  const texts = typeof info === 'string' ? [info] : (info ?? [])
  return texts.filter((text) => text !== '')
}

/** Whether DuckDB's name for a table, with its catalogue, is that of this one. */
function isNameOf(name: string, { projectId, datasetId, tableId }: TableReference): boolean {
  const parts = [...name.matchAll(/"((?:[^"]|"")*)"|[^."]+/g)].map(
    ([bare, quoted]) => quoted?.replaceAll('""', '"') ?? bare,
  )
  return parts.at(-1) === tableId && parts.at(-2) === `${projectId}:${datasetId}`
}

/** The table's own columns that DuckDB's SQL names: a table of thousands is gone through once, whatever the number of texts. */
function columnsIn(texts: readonly string[], table: Table): string[] {
  const names = new Set(texts.flatMap(namesIn))
  return storedFields(table)
    .filter(({ name }) => names.has(name))
    .map(({ name }) => name)
}

function namesIn(sql: string): string[] {
  const names = sql.replaceAll(/'(?:[^']|'')*'/g, "''").matchAll(/"((?:[^"]|"")*)"|[\p{L}\p{M}\p{N}_]+/gu)
  return [...names].map(([bare, quoted]) => quoted?.replaceAll('""', '"') ?? bare)
}

/** The conditions of which all must be true. */
function conjuncts(sql: string): string[] {
  const text = withoutBrackets(sql.trim())
  // its AND is another one
  if (/ BETWEEN /i.test(text.replaceAll(/\(.*\)|'[^']*'/g, ''))) return [text]
  const parts: string[] = []
  let depth = 0
  let inside = ''
  let start = 0
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!
    if (inside !== '') inside = character === inside ? '' : inside
    else if (character === "'" || character === '"') inside = character
    else if (character === '(') depth++
    else if (character === ')') depth--
    else if (depth === 0 && text.startsWith(' AND ', at)) {
      parts.push(text.slice(start, at))
      start = at + ' AND '.length
    }
  }
  parts.push(text.slice(start))
  return parts.length === 1 ? parts : parts.flatMap(conjuncts)
}

function withoutBrackets(text: string): string {
  if (!text.startsWith('(') || !text.endsWith(')')) return text
  let depth = 0
  for (let at = 0; at < text.length - 1; at++) {
    if (text[at] === '(') depth++
    else if (text[at] === ')') depth--
    if (depth === 0) return text
  }
  return withoutBrackets(text.slice(1, -1))
}

/** SQL for the partition of a row, of a table that has partitions. */
export function partitionOf(table: Table): string {
  const { type = 'DAY' } = table.spec.timePartitioning!
  return `date_trunc('${type.toLowerCase()}', ${quote(partitionField(table)!.name)})`
}

/** The partitions that hold rows for which a condition on the partition column is true. */
function partitionsWith(table: Table, condition: string): string {
  const partition = partitionOf(table)
  return `${partition} IN (SELECT ${partition} FROM ${physical(table.reference)} WHERE ${condition})`
}
