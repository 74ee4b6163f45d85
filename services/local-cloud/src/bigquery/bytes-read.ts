import { columnsBytes } from './column-bytes.ts'
import { quote } from './fields.ts'
import { physical } from './physical.ts'
import type { Table, TableReference } from './table.ts'

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

/**
 * DuckDB's SQL for the bytes that a query reads at BigQuery: of each table, the columns that it names, in the partitions that it does not
 * leave out, once, however often the query names the table (docs: estimate and control costs; querying partitioned tables). Which
 * columns and conditions these are is what DuckDB's plan pushes down to the table.
 *
 * @param query GoogleSQL, as it was asked
 * @param plan what DuckDB makes of it
 */
export function bytesReadQuery(
  query: string,
  plan: readonly PlanNode[],
  tables: readonly Table[],
): string | undefined {
  const scans = new Map<Table, Scan>()
  for (const node of plan) collect(node, [], tables, scans)
  const texts = [query, ...tables.map(({ spec }) => spec.view?.query ?? '')]
  const named = new Set(texts.join('\n').toLowerCase().match(WORDS))
  const sums = [...scans].flatMap(([table, { columns, conditions }]) => {
    // DuckDB leaves a condition out that it knows to be true; `*` names nothing
    const partition = table.spec.timePartitioning?.field ?? ''
    if (named.has(partition.toLowerCase())) columns.add(partition)
    const read = table.fields.filter(({ name }) => columns.has(name))
    if (read.length === 0) return []
    const where = conditions.has(ALL)
      ? ''
      : ` WHERE ${partitionsWith(table, [...conditions].map((each) => `(${each})`).join(' OR '))}`
    const bytes = columnsBytes(read)
    return [`SELECT sum(${bytes}) AS bytes FROM ${physical(table.reference)}${where}`]
  })
  if (sums.length === 0) return undefined
  return `SELECT coalesce(sum(bytes), 0) FROM (${sums.join(' UNION ALL ')})`
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
    const named = [...textsOf(info['Projections']), ...own].flatMap((text) => columnsIn(text, table))
    for (const column of named) scan.columns.add(column)
    const partition = table.spec.timePartitioning?.field
    const conditions = [...above, ...own]
      .flatMap(conjuncts)
      .filter((text) => columnsIn(text, table).every((column) => column === partition))
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

/** The table's own columns that DuckDB's SQL names. */
function columnsIn(sql: string, { fields }: Table): string[] {
  const names = new Set(
    [...sql.replaceAll(/'(?:[^']|'')*'/g, "''").matchAll(/"((?:[^"]|"")*)"|[\p{L}\p{M}\p{N}_]+/gu)].map(
      ([bare, quoted]) => quoted?.replaceAll('""', '"') ?? bare,
    ),
  )
  return fields.filter(({ name }) => names.has(name)).map(({ name }) => name)
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

/** The partitions that hold rows for which a condition on the partition column is true. */
function partitionsWith({ reference, spec }: Table, condition: string): string {
  const { field, type = 'DAY' } = spec.timePartitioning!
  const partition = `date_trunc('${type.toLowerCase()}', ${quote(field!)})`
  return `${partition} IN (SELECT ${partition} FROM ${physical(reference)} WHERE ${condition})`
}
