import { BigQueryError, notImplemented } from '../bigquery/errors.ts'
import { incarnationOf, viewOf, type Table, type TableReference } from '../bigquery/table/table.ts'
import { quote, quoteText } from '../bigquery/values/fields.ts'
import { physical } from '../bigquery/table/physical.ts'
import { definitionOf, procedureOf, tableFunctionOf } from '../bigquery/catalog/routine-definition.ts'
import { pseudocolumns } from './pseudocolumns.ts'
import type { ScriptNames } from './parameters.ts'
import type { QueryLimits } from './query-limits.ts'
import { filteredColumns } from './filtered-columns.ts'
import { informationSchema, schemata } from './views/information-schema.ts'
import { isJobsView, jobsView, type JobRow } from './views/jobs-view.ts'
import type { OutputColumn } from './resolve/scope.ts'
import { duckDb, STRING, typeOfField } from './typing/sql-type.ts'
import type { TableLookup } from './table-lookup.ts'
import { isRoutinesView, routinesView } from './views/routines-view.ts'
import { isStatistics, tableStatistics } from './views/table-statistics.ts'
import { isSymbol, type Node } from './tokens.ts'
import type { FunctionDefinition } from './tree/function-definition.ts'
import type { TableFunctionDefinition } from './tree/table-function.ts'

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

export interface FoundTable {
  readonly sql: string
  readonly columns: readonly OutputColumn[]
}

const columnsOf = ({ fields }: Pick<Table, 'fields'>): OutputColumn[] =>
  fields.map((field) => ({ name: field.name, sqlName: field.name, type: typeOfField(field), isStored: true }))

/** One of the tables of a wildcard. @throws BigQueryError notImplemented where a column has another type in it */
function wildcardSelect(table: Table, latest: Table, suffix: string): string {
  const own = new Map(columnsOf(table).map((column) => [column.name.toLowerCase(), column]))
  const list = columnsOf(latest).map(({ name, type }) => {
    const column = own.get(name.toLowerCase())
    if (!column) return `CAST(NULL AS ${duckDb(type)}) AS ${quote(name)}`
    if (JSON.stringify(column.type) === JSON.stringify(type))
      return `${quote(column.sqlName)} AS ${quote(name)}`
    throw notImplemented(`a wildcard whose tables have different types of a column (${name})`)
  })
  return `SELECT ${list.join(', ')}, ${quoteText(suffix)} AS "_TABLE_SUFFIX" FROM ${physical(table.reference)}`
}

export interface ResolverOptions {
  readonly catalog: TableLookup
  readonly project: string
  readonly dataset: string | undefined
  readonly limits: QueryLimits
  /** Names behind a WHERE, in lower case. */
  readonly filtered: ReadonlySet<string>
  /** Gets every table that is found. */
  readonly found: Set<Table>
  /** The temporary table of a script that a path means. */
  readonly temporary?: ((path: readonly string[]) => TableReference | undefined) | undefined
  /** The jobs of a project, for INFORMATION_SCHEMA; absent: none. */
  readonly jobs?: (projectId: string) => readonly JobRow[]
  /** A table as it was at a time, in milliseconds since 1970; absent: nobody knows. */
  readonly rowsAt?: (
    table: Table,
    ms: number,
  ) => { readonly sql: string; readonly table: Pick<Table, 'spec' | 'fields'> }
  /** The query of a view, or of a function that gives a table. @param named the arguments of the function */
  readonly expandView: (query: string, inside: TableResolver, named?: ScriptNames) => FoundTable
}

/** What there was before INFORMATION_SCHEMA, and still is. */
const TABLES = '__TABLES__'
const REGION = 'region-'
const isRegion = (part: string): boolean => part.toLowerCase().startsWith(REGION)
const regionOf = (part: string): string => part.slice(REGION.length).toLowerCase()

// BigQuery's limit (docs: views)
const DEEPEST_VIEW = 16

/** Finds what a path in a FROM clause means. */
export class TableResolver {
  readonly #options: ResolverOptions
  readonly #depth: number

  constructor(options: ResolverOptions, depth = 0) {
    this.#options = options
    this.#depth = depth
  }

  /** Every table that was found. */
  get found(): Set<Table> {
    return this.#options.found
  }

  /** A table to read, as DuckDB's SQL. @param asOf when, in milliseconds since 1970 @throws BigQueryError notFound */
  find(parts: readonly string[], asOf?: number): FoundTable {
    if (asOf !== undefined) return this.#asOf(parts, asOf)
    if (parts.at(-1)?.endsWith('*')) return this.#wildcard(parts)
    // at the end of a path it is the name of a table, which Google's documentation does not forbid
    if (parts.at(-1) === TABLES) return this.#statistics(TABLES, this.#tablesOf(parts.slice(0, -1)))
    const place = parts.slice(0, -1).findIndex((part) => part.toUpperCase() === 'INFORMATION_SCHEMA')
    if (place !== -1) return this.#informationSchema(parts, place)
    const table = this.table(parts)
    const { reference, spec, fields } = table
    if (spec.view) return this.#view(reference, spec.view.query ?? '')
    const buffered = this.#options.catalog.buffer?.of(incarnationOf(table)) ?? []
    return {
      sql: physical(reference),
      columns: [...columnsOf({ fields }), ...pseudocolumns(table, buffered)],
    }
  }

  /** A table as it was. @throws BigQueryError where that is not known */
  #asOf(parts: readonly string[], ms: number): FoundTable {
    const isTable = !parts.at(-1)?.endsWith('*') && !parts.some((part) => /^INFORMATION_SCHEMA$/i.test(part))
    const table = isTable ? this.table(parts) : undefined
    if (!table || viewOf(table.spec) || !this.#options.rowsAt)
      throw notImplemented('FOR SYSTEM_TIME AS OF of what is no table')
    if (table.spec.externalDataConfiguration)
      throw new BigQueryError('invalidQuery', 'FOR SYSTEM_TIME AS OF is not for external tables.')
    const { sql, table: then } = this.#options.rowsAt(table, ms)
    return { sql, columns: [...columnsOf(then), ...pseudocolumns(then, [])] }
  }

  /** All tables whose names begin so; their columns are those of the one that was made last. */
  #wildcard(parts: readonly string[]): FoundTable {
    const { projectId, datasetId, tableId } = this.newTable(parts)
    const prefix = tableId.slice(0, -1)
    const tables = this.#options.catalog.tables
      .of(projectId, datasetId)
      .filter(({ reference }) => reference.tableId.startsWith(prefix))
    const latest = tables.toSorted((a, b) => b.creationTime - a.creationTime)[0]
    if (!latest) {
      const message = `${projectId}:${datasetId}.${tableId} does not match any table.`
      throw new BigQueryError('invalidQuery', message)
    }
    const selects = tables.map((table) => {
      const [found, rest] = [
        this.table([projectId, datasetId, table.reference.tableId]),
        table.reference.tableId,
      ]
      if (found.spec.view)
        throw new BigQueryError('invalidQuery', `Views cannot be queried through prefix. Matched: ${rest}`)
      return wildcardSelect(found, latest, rest.slice(prefix.length))
    })
    return {
      sql: `(${selects.join(' UNION ALL ')})`,
      columns: [
        ...columnsOf(latest),
        { name: '_TABLE_SUFFIX', sqlName: '_TABLE_SUFFIX', type: STRING, isHidden: true },
      ],
    }
  }

  #view({ projectId, datasetId, tableId }: Table['reference'], query: string): FoundTable {
    if (this.#depth === DEEPEST_VIEW)
      throw new BigQueryError('invalidQuery', `View ${datasetId}.${tableId} is nested too deep.`)
    const { filtered, limits } = this.#options
    limits.addView(query)
    const inside = {
      ...this.#options,
      project: projectId,
      dataset: undefined,
      temporary: undefined,
      filtered: new Set([...filtered, ...filteredColumns(query)]),
    }
    const { sql, columns } = this.#options.expandView(query, new TableResolver(inside, this.#depth + 1))
    return { sql: `(${sql})`, columns }
  }

  /** A table to read. @throws BigQueryError notFound; invalidQuery where a filter on its partition is required and missing */
  table(parts: readonly string[]): Table {
    const found = this.target(parts)
    if (found.fields.length === 0) {
      const { projectId, datasetId, tableId } = found.reference
      const message = `Table ${projectId}:${datasetId}.${tableId} does not have a schema.`
      throw new BigQueryError('invalidQuery', message)
    }
    this.#checkPartitionFilter(found)
    return found
  }

  /** A table to change. @throws BigQueryError notFound */
  target(parts: readonly string[]): Table {
    const reference = this.newTable(parts)
    const found = this.#options.catalog.tables.find(reference)
    this.#options.limits.addResource(reference)
    if (found) {
      this.#options.found.add(found)
      return found
    }
    const { projectId, datasetId, tableId } = reference
    const message = `Not found: Table ${projectId}:${datasetId}.${tableId} was not found in location US`
    throw new BigQueryError('notFound', message)
  }

  /** The function of a dataset, which is named or the default one. */
  routine(parts: readonly string[]): FunctionDefinition | undefined {
    const found = this.#routine(parts, 'SCALAR_FUNCTION')
    return found && definitionOf(found.spec)
  }

  /** A procedure, and what it is called in full. @throws BigQueryError notFound */
  procedure(parts: readonly string[]): ReturnType<typeof procedureOf> & { readonly id: string } {
    const found = this.#routine(parts, 'PROCEDURE')
    if (!found) throw new BigQueryError('notFound', `Procedure not found: ${parts.join('.')}`)
    return { ...procedureOf(found.spec), id: found.path.join('.') }
  }

  /** The function of a dataset that gives a table. @throws BigQueryError notFound */
  tableFunction(parts: readonly string[]): TableFunctionDefinition {
    const found = this.#routine(parts, 'TABLE_VALUED_FUNCTION')
    if (!found) throw new BigQueryError('invalidQuery', `Table-valued function not found: ${parts.join('.')}`)
    return tableFunctionOf(found.spec)
  }

  /** The rows of a query that a function is. @param named what its arguments are */
  rowsOf(query: string, named: ScriptNames): FoundTable {
    if (this.#depth === DEEPEST_VIEW)
      throw new BigQueryError('invalidQuery', 'A table function is nested too deep.')
    const inside = { ...this.#options, temporary: undefined }
    const { sql, columns } = this.#options.expandView(
      query,
      new TableResolver(inside, this.#depth + 1),
      named,
    )
    return { sql: `(${sql})`, columns }
  }

  #routine(parts: readonly string[], routineType: string) {
    const [id, dataset = this.#options.dataset, project = this.#options.project] = parts.toReversed()
    if (dataset === undefined) return undefined
    const reference = { projectId: project, datasetId: dataset, routineId: id! }
    const found = this.#options.catalog.routines.find(reference)
    const isOne = (found?.spec.routineType ?? 'SCALAR_FUNCTION') === routineType
    return found && isOne ? { ...found, path: [project, dataset, id!] } : undefined
  }

  /** What a path names, whether it is there or not. @throws BigQueryError notFound where there is no such dataset */
  newTable(parts: readonly string[]): TableReference {
    const { catalog } = this.#options
    const temporary = this.#options.temporary?.(parts)
    if (temporary) return temporary
    const [table, dataset = this.#options.dataset, project = this.#options.project] = parts.toReversed()
    if (dataset === undefined) {
      const message = `Table "${table}" must be qualified with a dataset (e.g. dataset.table).`
      throw new BigQueryError('invalid', message)
    }
    if (!catalog.datasets.has(project, dataset)) {
      const message = `Not found: Dataset ${project}:${dataset} was not found in location US`
      throw new BigQueryError('notFound', message)
    }
    return { projectId: project, datasetId: dataset, tableId: table! }
  }

  /**
   * A table that requires a filter on its partition column is not read without one. Whether the column is named behind a
   * WHERE is all that is looked at: local-cloud has no partitions to leave out.
   */
  #checkPartitionFilter({ reference, spec }: Table): void {
    if (!spec.requirePartitionFilter || !spec.timePartitioning) return
    const columns =
      spec.timePartitioning.field === undefined
        ? ['_PARTITION_LOAD_TIME', '_PARTITIONDATE', '_PARTITIONTIME']
        : [spec.timePartitioning.field]
    if (columns.some((column) => this.#options.filtered.has(column.toLowerCase()))) return
    const { projectId, datasetId, tableId } = reference
    const list = columns.map((column) => `'${column}'`).join(', ')
    const message = `Cannot query over table '${projectId}.${datasetId}.${tableId}' without a filter over column(s) ${list} that can be used for partition elimination`
    throw new BigQueryError('invalidQuery', message)
  }

  #informationSchema(parts: readonly string[], place: number): FoundTable {
    const view = parts[place + 1]?.toUpperCase() ?? ''
    const path = parts.slice(0, place)
    if (isStatistics(view)) return this.#statistics(view, this.#tablesOf(path))
    if (isJobsView(view)) return this.#jobs(view, path)
    if (isRoutinesView(view)) {
      const { routines } = this.#options.catalog
      return routinesView(
        view,
        this.#datasetsOf(path).flatMap((dataset) => routines.of(...dataset)),
      )
    }
    const { catalog, project } = this.#options
    if (view === 'SCHEMATA') return schemata(catalog, path.find((part) => !isRegion(part)) ?? project)
    return informationSchema(view, () => this.#tablesOf(path))
  }

  /** @throws BigQueryError where the path says no region (docs: JOBS view, "scope and syntax") */
  #jobs(view: string, path: readonly string[]): FoundTable {
    const [place = '', project = this.#options.project] = path.toReversed()
    if (!isRegion(place))
      throw new BigQueryError('invalid', `INFORMATION_SCHEMA.${view} must be qualified with a region.`)
    return jobsView(this.#options.jobs?.(project) ?? [], regionOf(place))
  }

  /** Their rows are counted: they must be there. */
  #statistics(view: string, tables: readonly Table[]): FoundTable {
    for (const table of tables) this.found.add(table)
    return tableStatistics(view, tables)
  }

  #tablesOf(path: readonly string[]): readonly Table[] {
    return this.#datasetsOf(path).flatMap((dataset) => this.#options.catalog.tables.of(...dataset))
  }

  /** A dataset, or all of a region, as project and dataset. @throws BigQueryError where the path says neither */
  #datasetsOf(path: readonly string[]): readonly [projectId: string, datasetId: string][] {
    const { catalog, ...defaults } = this.#options
    const [place = defaults.dataset, project = defaults.project] = path.toReversed()
    if (place === undefined)
      throw new BigQueryError('invalid', 'INFORMATION_SCHEMA must be qualified with a dataset or region.')
    if (!isRegion(place)) return [[project, place]]
    const region = regionOf(place)
    return catalog.datasets
      .of(project)
      .filter(({ location }) => location.toLowerCase() === region)
      .map(({ datasetId }) => [project, datasetId])
  }
}
