import { BigQueryError, notImplemented } from '../bigquery/errors.ts'
import type { Catalog } from '../bigquery/catalog.ts'
import type { Table } from '../bigquery/table.ts'
import { physical } from '../bigquery/catalog.ts'
import { informationSchema } from './information-schema.ts'
import { isSymbol, type Node } from './tokens.ts'

/** `project.dataset.table`, in one backtick name, in several, or with the dashes that project ids may have. */
export function readTablePath(nodes: readonly Node[], at: number): { parts: string[]; next: number } {
  let next = at
  const parts: string[] = []
  for (;;) {
    const node = nodes[next]
    if (node?.kind !== 'word' && node?.kind !== 'quoted') {
      throw new BigQueryError('invalidQuery', 'Syntax error: a table name was expected')
    }
    let part = node.text
    next++
    while (node.kind === 'word' && isSymbol(nodes[next], '-') && hasText(nodes[next + 1])) {
      part += `-${(nodes[next + 1] as { text: string }).text}`
      next += 2
    }
    parts.push(...(node.kind === 'quoted' ? part.split(/[.:]/) : [part]))
    if (!isSymbol(nodes[next], '.')) return { parts, next }
    next++
  }
}

function hasText(node: Node | undefined): boolean {
  return node?.kind === 'word' || node?.kind === 'number'
}

/** Finds what a path in a FROM clause means. */
export class TableResolver {
  readonly #catalog: Catalog
  readonly #project: string
  readonly #dataset: string | undefined
  readonly #filteredColumns: ReadonlySet<string>

  /** @param filteredColumns names behind a WHERE, in lower case */
  constructor(
    catalog: Catalog,
    project: string,
    dataset: string | undefined,
    filteredColumns: ReadonlySet<string> = new Set(),
  ) {
    this.#catalog = catalog
    this.#project = project
    this.#dataset = dataset
    this.#filteredColumns = filteredColumns
  }

  /** DuckDB's SQL for the table. @throws BigQueryError notFound */
  resolve(parts: readonly string[]): string {
    if (parts.at(-1)?.endsWith('*')) throw notImplemented(`wildcard tables (${parts.join('.')})`)
    const place = parts.findIndex((part) => part.toUpperCase() === 'INFORMATION_SCHEMA')
    return place === -1 ? physical(this.table(parts).reference) : this.#informationSchema(parts, place)
  }

  /** @throws BigQueryError notFound */
  table(parts: readonly string[]): Table {
    const [table, dataset = this.#dataset, project = this.#project] = parts.toReversed()
    if (dataset === undefined) {
      const message = `Table "${table}" must be qualified with a dataset (e.g. dataset.table).`
      throw new BigQueryError('invalid', message)
    }
    if (!this.#catalog.hasDataset(project, dataset)) {
      throw new BigQueryError(
        'notFound',
        `Not found: Dataset ${project}:${dataset} was not found in location US`,
      )
    }
    const reference = { projectId: project, datasetId: dataset, tableId: table! }
    const found = this.#catalog.findTable(reference)
    if (!found) {
      throw new BigQueryError(
        'notFound',
        `Not found: Table ${project}:${dataset}.${table} was not found in location US`,
      )
    }
    this.#checkPartitionFilter(found)
    return found
  }

  /**
   * A table that requires a filter on its partition column is not read without one. Whether the column is named behind a
   * WHERE is all that is looked at: local-cloud has no partitions to leave out.
   */
  #checkPartitionFilter({ reference, spec }: Table): void {
    const column = spec.requirePartitionFilter ? spec.timePartitioning?.field : undefined
    if (column === undefined || this.#filteredColumns.has(column.toLowerCase())) return
    const { projectId, datasetId, tableId } = reference
    const message = `Cannot query over table '${projectId}.${datasetId}.${tableId}' without a filter over column(s) '${column}' that can be used for partition elimination`
    throw new BigQueryError('invalidQuery', message)
  }

  #informationSchema(parts: readonly string[], place: number): string {
    const view = parts[place + 1]?.toUpperCase() ?? ''
    const [dataset = this.#dataset, project = this.#project] = parts.slice(0, place).toReversed()
    return informationSchema(this.#catalog, view, project, dataset)
  }
}
