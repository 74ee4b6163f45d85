import { Parameters } from '../sql/parameters.ts'
import { parseAlterTable } from '../sql/alter-table.ts'
import { parseCreateStatement, type CreateStatement } from '../sql/create-statement.ts'
import { rewriteQuery, type StatementType } from '../sql/rewrite-query.ts'
import { filteredColumns } from '../sql/filtered-columns.ts'
import { TableResolver } from '../sql/table-path.ts'
import { explained, isRaw, mayBeBig } from './big-numeric.ts'
import { bytesReadQuery, type PlanNode } from './bytes-read.ts'
import type { Catalog } from './catalog.ts'
import { fieldOf } from './cells.ts'
import { columnNames, settingsOf, writeTo } from './destination.ts'
import { BigQueryError, notImplemented } from './errors.ts'
import { hasBig, type Field } from './fields.ts'
import type { ExternalTables } from './files/external-tables.ts'
import { bytesBilled } from './bytes-billed.ts'
import { checkBytesBilled } from './job-options.ts'
import { locationOf } from './job-location.ts'
import { physical } from './physical.ts'
import { noRows, type ResultRows } from './result-rows.ts'
import { QueryLimits } from './query-limits.ts'
import type { QuerySpec } from './query-spec.ts'
import type { Store } from './store.ts'
import { incarnationOf, type Table, type TableReference, type ViewDefinition } from './table.ts'

export interface QueryResult {
  readonly statementType: StatementType | 'ALTER_TABLE' | CreateStatement['type']
  readonly fields: readonly Field[]
  readonly rows: ResultRows
  readonly affectedRows?: number
  /** Where the tables are that it names. */
  readonly location?: string
  /** What BigQuery would read for a SELECT; of other statements it is not known. */
  readonly bytesRead?: number
  readonly ddl?: { readonly operation: 'CREATE' | 'REPLACE' | 'SKIP'; readonly target: TableReference }
}

/** So many rows are looked at in one go for what cannot be answered. */
const CHECKED_ROWS = 1000

/** A SELECT in DuckDB's SQL. */
interface Select {
  readonly sql: string
  /** Incarnations of the tables that it reads. */
  readonly reads: readonly string[]
  /** Where there are none, no text was made of one. */
  readonly hasBigNumerics: boolean
}

export class QueryRunner {
  readonly #catalog: Catalog
  readonly #store: Store
  readonly #external: ExternalTables

  constructor(catalog: Catalog, store: Store, external: ExternalTables) {
    this.#catalog = catalog
    this.#store = store
    this.#external = external
  }

  /** The columns of a view. @throws BigQueryError where its query cannot be run */
  async describeView(projectId: string, { query, useLegacySql = true }: ViewDefinition) {
    const spec = { ...(query !== undefined && { query }), useLegacySql, dryRun: true }
    const { fields, statementType } = await this.run(projectId, spec)
    if (statementType !== 'SELECT') throw new BigQueryError('invalidQuery', 'A view is a SELECT.')
    return fields
  }

  /**
   * @param location where its tables must be
   * @throws BigQueryError invalidQuery with DuckDB's own explanation, notFound, notImplemented
   */
  async run(projectId: string, spec: QuerySpec, location?: string): Promise<QueryResult> {
    if (!spec.query) throw new BigQueryError('required', 'Required parameter is missing: query')
    // the API's default is legacy SQL; `bq query` says which one it means
    if (spec.useLegacySql !== false) throw notImplemented('legacy SQL (set useLegacySql to false)')
    const { defaultDataset } = spec
    const project = defaultDataset?.projectId ?? projectId
    const { query, queryParameters = [] } = spec
    const found = new Set<Table>()
    const resolver = (hasBigNumerics: boolean) =>
      new TableResolver({
        found,
        catalog: this.#catalog,
        project,
        dataset: defaultDataset?.datasetId,
        limits: new QueryLimits(spec),
        filtered: filteredColumns(query),
        expandView: (view, inside) => rewriteQuery(view, inside, new Parameters([]), hasBigNumerics).sql,
      })
    const tables = resolver(false)
    const alter = parseAlterTable(spec.query)
    if (alter) {
      const { reference } = tables.target(alter.path)
      if (!spec.dryRun) await this.#catalog.tables.widen(reference, alter.columns)
      return { statementType: 'ALTER_TABLE', fields: [], rows: noRows() }
    }
    const create = parseCreateStatement(spec.query)
    if (create) {
      const target = tables.newTable(create.path)
      const operation = spec.dryRun ? 'CREATE' : await this.#create(projectId, create, target)
      return { statementType: create.type, fields: [], rows: noRows(), ddl: { operation, target } }
    }
    const rewrite = (hasBigNumerics: boolean) =>
      rewriteQuery(query, resolver(hasBigNumerics), new Parameters(queryParameters), hasBigNumerics)
    const plain = rewrite(false)
    const hasBigNumerics = mayBeBig(plain.sql) || [...found].some(({ fields }) => hasBig(fields))
    const { sql, statementType } = hasBigNumerics ? rewrite(true) : plain
    const reads = [...found].map(incarnationOf)
    const place = locationOf(
      this.#catalog,
      [...found].map(({ reference }) => reference),
      location,
    )
    const where = place === undefined ? {} : { location: place }
    // the first table that a changing statement names is the one that it changes
    const [target] = found
    if (statementType !== 'SELECT' && target?.spec.externalDataConfiguration)
      throw new BigQueryError('invalidQuery', `${statementType} is not allowed for a table of type EXTERNAL.`)
    if (!spec.dryRun) await this.#external.refresh(found)
    try {
      if (statementType === 'SELECT') {
        const bytesRead = await this.#bytesRead(sql, [...found], reads)
        checkBytesBilled(spec.maximumBytesBilled, bytesBilled(bytesRead))
        return { ...(await this.#read(projectId, spec, { sql, reads, hasBigNumerics })), bytesRead, ...where }
      }
      if (spec.dryRun) return { statementType, fields: [], rows: noRows(), affectedRows: 0 }
      const affectedRows = await this.#store.write(
        async (connection) => (await connection.run(sql)).rowsChanged,
        reads,
      )
      return { statementType, fields: [], rows: noRows(), affectedRows, ...where }
    } catch (error) {
      if (error instanceof BigQueryError) throw error
      throw new BigQueryError('invalidQuery', explain(error), { cause: error })
    }
  }

  #read(projectId: string, spec: QuerySpec, select: Select): Promise<QueryResult> {
    if (spec.dryRun)
      return this.#select({ ...select, sql: `SELECT * FROM (${select.sql}) LIMIT 0`, reads: [] })
    return spec.destinationTable ? this.#selectInto(projectId, spec, select) : this.#select(select)
  }

  async #bytesRead(sql: string, tables: readonly Table[], reads: readonly string[]): Promise<number> {
    if (tables.every(({ spec }) => spec.view)) return 0
    const told = await this.#store.query(`EXPLAIN (FORMAT json) ${sql}`, reads)
    const plan = JSON.parse(String(told.getRows()[0]![1])) as PlanNode[]
    const size = bytesReadQuery(sql, plan, tables)
    return size === undefined ? 0 : Number((await this.#store.query(size, reads)).getRows()[0]![0])
  }

  /** Keeps what a SELECT gives in a table. */
  async #selectInto(projectId: string, spec: QuerySpec, select: Select): Promise<QueryResult> {
    const { sql, reads } = select
    const { destinationTable = {} } = spec
    if (spec.schemaUpdateOptions?.length) throw notImplemented('schemaUpdateOptions of a query')
    const { datasetId = '', tableId = '' } = destinationTable
    if (tableId.includes('$')) throw notImplemented('a partition as the destination of a query')
    const reference = { projectId: destinationTable.projectId ?? projectId, datasetId, tableId }
    const { fields } = await this.#select({ ...select, sql: `SELECT * FROM (${sql}) LIMIT 0`, reads: [] })
    const table = await writeTo(
      { catalog: this.#catalog, store: this.#store },
      {
        reference,
        fields,
        body: settingsOf(spec),
        createDisposition: spec.createDisposition ?? 'CREATE_IF_NEEDED',
        writeDisposition: spec.writeDisposition ?? 'WRITE_EMPTY',
      },
      async (connection) => {
        await connection.run(`INSERT INTO ${physical(reference)} ${columnNames(fields)} ${sql}`)
      },
      reads,
    )
    return this.#select({
      ...select,
      sql: `SELECT * FROM ${physical(reference)}`,
      reads: [incarnationOf(table)],
    })
  }

  async #create(
    projectId: string,
    { body, ifNotExists, orReplace }: CreateStatement,
    target: TableReference,
  ): Promise<'CREATE' | 'REPLACE' | 'SKIP'> {
    const { view } = body as { view?: ViewDefinition }
    const fields = view && (await this.describeView(projectId, view))
    const exists = this.#catalog.tables.find(target) !== undefined
    if (exists && ifNotExists) return 'SKIP'
    if (exists && orReplace) {
      await this.#catalog.tables.patch(target, body, undefined, fields)
      return 'REPLACE'
    }
    await this.#catalog.tables.create(target, body, fields)
    return 'CREATE'
  }

  /** @throws BigQueryError notImplemented where a text was made of a BIGNUMERIC that nobody cast */
  async #select({ sql, reads, hasBigNumerics }: Select): Promise<QueryResult> {
    const rows = await this.#store.result(sql, reads)
    const fields = uniqueNames(rows.names).map((name, index) => fieldOf(name, rows.types[index]!))
    for (let start = 0; start < (hasBigNumerics ? rows.count : 1); start += CHECKED_ROWS) {
      const some = await rows.page(start, CHECKED_ROWS)
      if (!some.some((row) => row.some(isRaw))) continue
      await rows.drop()
      throw notImplemented('a BIGNUMERIC in a text or in JSON (CAST it to STRING)')
    }
    return { statementType: 'SELECT', fields, rows }
  }
}

function explain(error: unknown): string {
  return error instanceof Error ? explained(error.message.split('\n\nLINE')[0]!.trim()) : String(error)
}

function uniqueNames(names: readonly string[]): string[] {
  const seen = new Map<string, number>()
  return names.map((name) => {
    const count = seen.get(name) ?? 0
    seen.set(name, count + 1)
    return count === 0 ? name : `${name}_${count}`
  })
}
