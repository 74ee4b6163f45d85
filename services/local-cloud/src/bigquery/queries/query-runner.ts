import { Parameters } from '../../sql/parameters.ts'
import { parseFunctionStatement } from '../../sql/function-statement.ts'
import type { JobRow } from '../../sql/jobs-view.ts'
import { parseSchemaStatement } from '../../sql/schema-statement.ts'
import { fieldsOf, rewriteQuery, type RewrittenQuery } from '../../sql/rewrite-query.ts'
import { filteredColumns } from '../../sql/filtered-columns.ts'
import { holdsSketch, spelling, typeOf } from '../../sql/resolve/sql-type.ts'
import { TableResolver } from '../../sql/table-path.ts'
import { parseScript } from '../../sql/tree/script.ts'
import { columnsRead, type PlanNode } from '../bytes/bytes-read.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { parseDdl, runDdl, type DdlParts } from '../ddl/ddl-runner.ts'
import { columnNames, settingsOf, writeTo } from '../rows/destination.ts'
import { BigQueryError, notImplemented } from '../errors.ts'
import { explained } from '../scripts/explain-error.ts'
import type { Field } from '../values/fields.ts'
import { runSchemaStatement } from '../ddl/schema-runner.ts'
import { runFunctionStatement } from '../ddl/function-runner.ts'
import type { ExternalTables } from '../files/external-tables.ts'
import { bytesBilled, checkBytesBilled } from '../bytes/bytes-billed.ts'
import { locationOf } from '../catalog/dataset-location.ts'
import { splitDecorator } from '../table/partition-decorator.ts'
import { physical } from '../table/physical.ts'
import { ScriptState } from '../scripts/script-state.ts'
import { millisOf, settledTimes } from './system-times.ts'
import { runChange } from './run-change.ts'
import { ScriptStatements, type BeginChild } from './script-statements.ts'
import { ScriptSession, type SessionParts } from '../scripts/script-session.ts'
import type { RoutineReference, RoutineSpec } from '../catalog/routine.ts'
import { definitionOf } from '../catalog/routine-definition.ts'
import { noRows } from '../results/result-rows.ts'
import type { KnownBytes } from '../bytes/known-bytes.ts'
import { defineTables } from './define-tables.ts'
import { QueryLimits } from '../../sql/query-limits.ts'
import type { QueryResult } from './query-result.ts'
import { sessionIdOf, type QuerySession, type QuerySessions } from './query-sessions.ts'
import { LEGACY, refuseLegacy, type QuerySpec } from './query-spec.ts'
import { referencedBy } from './referenced-by.ts'
import type { Asked, Running } from './asked.ts'
import { lookingBack } from '../store/looking-back.ts'
import type { Store } from '../store/store.ts'
import { incarnationOf, type Table, type ViewDefinition } from '../table/table.ts'
import { TemporaryTables } from '../scripts/temporary-tables.ts'

export interface QueryRunnerParts {
  readonly catalog: Catalog
  readonly store: Store
  readonly external: ExternalTables
  readonly knownBytes: KnownBytes
  readonly sessions: QuerySessions
  /** Those of a project, for INFORMATION_SCHEMA. */
  readonly jobs: (projectId: string) => readonly JobRow[]
}

export class QueryRunner {
  readonly #catalog: Catalog
  readonly #store: Store
  readonly #knownBytes: KnownBytes
  readonly #external: ExternalTables
  readonly #sessions: QuerySessions
  readonly #jobs: QueryRunnerParts['jobs']

  constructor({ catalog, store, external, knownBytes, sessions, jobs }: QueryRunnerParts) {
    this.#jobs = jobs
    this.#sessions = sessions
    this.#catalog = catalog
    this.#store = store
    this.#knownBytes = knownBytes
    this.#external = external
  }

  /** The columns of a view. @throws BigQueryError where its query cannot be run */
  async describeView(projectId: string, { query, useLegacySql = true }: ViewDefinition) {
    if (useLegacySql) throw notImplemented(LEGACY)
    const spec = { ...(query !== undefined && { query }), useLegacySql, dryRun: true, isDescribed: true }
    const { fields, statementType } = await this.#query(projectId, spec)
    if (statementType !== 'SELECT') throw new BigQueryError('invalidQuery', 'A view is a SELECT.')
    return fields
  }

  /** @throws BigQueryError where the body of a function is no expression that its arguments make */
  checkRoutine({ projectId, datasetId }: RoutineReference, spec: RoutineSpec): void {
    const { datasets, tables, routines } = this.#catalog
    // no routine can be called so
    const name = 'the function'
    const find = (reference: RoutineReference) =>
      reference.routineId === name ? { spec } : routines.find(reference)
    const { parameters } = definitionOf(spec)
    const nulls = parameters.map(({ type }) => (type ? `CAST(NULL AS ${spelling(typeOf(type))})` : 'NULL'))
    const resolver = new TableResolver({
      found: new Set(),
      catalog: { datasets, tables, routines: { find } },
      project: projectId,
      dataset: datasetId,
      limits: new QueryLimits({}),
      filtered: new Set(),
      expandView: (view, inside) => rewriteQuery(view, inside, new Parameters([])),
    })
    rewriteQuery(`SELECT \`${name}\`(${nulls.join(', ')})`, resolver, new Parameters([]))
  }

  /**
   * @param location where its tables must be
   * @param signal ends a query that changes nothing; a script ends between two statements
   * @param child is told of each statement of a script, and drops its rows
   * @throws BigQueryError invalidQuery with DuckDB's own explanation, notFound, notImplemented
   */
  async run(
    projectId: string,
    sent: QuerySpec,
    location?: string,
    signal?: AbortSignal,
    child?: BeginChild,
  ): Promise<QueryResult> {
    return this.#query(projectId, { ...sent, ...(signal && { signal }), ...(child && { child }) }, location)
  }

  async #query(projectId: string, spec: Running, location?: string): Promise<QueryResult> {
    if (!spec.query) throw new BigQueryError('required', 'Required parameter is missing: query')
    refuseLegacy(spec.query, spec.useLegacySql)
    const { query, queryParameters = [] } = spec
    const sessionId = sessionIdOf(spec)
    if (sessionId !== undefined || (spec.createSession && !spec.dryRun)) {
      const session = spec.createSession
        ? this.#sessions.create(projectId, location)
        : this.#sessions.get(projectId, sessionId!)
      return this.#sessions.take(session, () => this.#inSession(session, { ...spec, query }, location))
    }
    const isScript = parseScript(query) !== undefined
    if (isScript || spec.tableDefinitions)
      return this.#alone(projectId, { ...spec, query }, location, isScript)
    return this.#one(projectId, { ...spec, query }, location, new Parameters(queryParameters))
  }

  #tables(projectId: string, spec: QuerySpec, temporary?: TemporaryTables): TableResolver {
    const { defaultDataset, query = '' } = spec
    return new TableResolver({
      found: new Set<Table>(),
      catalog: this.#catalog,
      project: defaultDataset?.projectId ?? projectId,
      dataset: defaultDataset?.datasetId,
      temporary: temporary && ((path) => temporary.find(path)),
      limits: new QueryLimits(spec),
      filtered: filteredColumns(query),
      jobs: this.#jobs,
      rowsAt: (table, ms) => this.#store.rowsAt(table, ms),
      expandView: (view, inside) => rewriteQuery(view, inside, new Parameters([])),
    })
  }

  async #inSession(
    session: QuerySession,
    spec: Running & { readonly query: string },
    location: string | undefined,
  ): Promise<QueryResult> {
    const { id: sessionId, projectId, state } = session
    const parameters = new Parameters(spec.queryParameters ?? [], state.names)
    const result = parseScript(spec.query)
      ? await this.#run(projectId, spec, location, state, (named) =>
          this.#sessions.end(named === undefined ? session : this.#sessions.get(projectId, named)),
        )
      : await state.within(() => this.#one(projectId, spec, location, parameters, state))
    return { ...result, sessionId }
  }

  /** With temporary tables of its own. */
  async #alone(
    projectId: string,
    spec: Running & { readonly query: string },
    location: string | undefined,
    isScript: boolean,
  ): Promise<QueryResult> {
    const temporary = new TemporaryTables(this.#catalog, projectId, location)
    const state = new ScriptState(this.#store, temporary)
    try {
      await defineTables({ catalog: this.#catalog, external: this.#external }, temporary, spec)
      if (isScript) return await this.#run(projectId, spec, location, state)
      return await this.#one(projectId, spec, location, new Parameters(spec.queryParameters ?? []), state)
    } finally {
      await state.end()
    }
  }

  /** @param abort ends a session; absent where the script is in none */
  async #run(
    projectId: string,
    spec: Running,
    location: string | undefined,
    state: ScriptState,
    abort?: (session: string | undefined) => Promise<void>,
  ): Promise<QueryResult> {
    const { query = '', queryParameters = [], destinationTable, dryRun } = spec
    if (destinationTable)
      throw new BigQueryError('invalid', 'configuration.query.destinationTable cannot be set for scripts')
    const statements = new ScriptStatements(spec, (text, parameters) =>
      this.#one(projectId, { ...spec, query: text }, location, parameters, state),
    )
    if (dryRun) return statements.result()
    const parts: SessionParts = {
      store: this.#store,
      external: this.#external,
      tables: (text) => this.#tables(projectId, { ...spec, query: text }, state.temporary),
      state,
      abort,
      settled: (text, tables, parameters) => settledTimes(this.#store, text, tables, parameters),
      run: (text, parameters, stack) => statements.run(text, parameters, stack),
    }
    await new ScriptSession(parts, query, queryParameters).start()
    return statements.result()
  }

  #one(...asked: Asked): Promise<QueryResult> {
    return lookingBack(this.#store, asked[1].query, () => this.#statement(...asked))
  }

  async #statement(...[projectId, spec, location, parameters, state]: Asked): Promise<QueryResult> {
    const tables = this.#tables(projectId, spec, state?.temporary)
    const { found } = tables
    const query = spec.isDescribed
      ? spec.query
      : await settledTimes(this.#store, spec.query, tables, parameters)
    const schema = parseSchemaStatement(query)
    if (schema) {
      state?.refuseInTransaction()
      const project = spec.defaultDataset?.projectId ?? projectId
      const how = { isDry: spec.dryRun === true, location }
      return {
        fields: [],
        rows: noRows(),
        ...(await runSchemaStatement(this.#catalog, project, schema, how)),
      }
    }
    const made = parseFunctionStatement(query)
    if (made) {
      state?.refuseInTransaction()
      const parts = {
        catalog: this.#catalog,
        newTable: (path: readonly string[]) => tables.newTable(path),
        check: (reference: RoutineReference, body: RoutineSpec) => this.checkRoutine(reference, body),
      }
      const result = await runFunctionStatement(parts, made, spec.dryRun === true)
      return { fields: [], rows: noRows(), ...result }
    }
    const statement = parseDdl(query)
    if (statement) {
      state?.checkDdl(statement)
      const parts = this.#ddlParts(projectId, tables, parameters, state?.temporary)
      const result = await explained(() => runDdl(parts, statement, spec.dryRun === true))
      return { fields: [], rows: noRows(), referenced: referencedBy(found), ...result }
    }
    const kept = spec.destinationTable && !spec.dryRun ? 'own' : undefined
    const rewritten = rewriteQuery(query, tables, parameters, kept)
    const { sql, statementType } = rewritten
    const reads = [...found].map(incarnationOf)
    const place = locationOf(
      this.#catalog,
      [...found].map(({ reference }) => reference),
      location,
    )
    const referenced = referencedBy(found, statementType)
    const where = { referenced, ...(place !== undefined && { location: place }) }
    // the first table that a changing statement names is the one that it changes
    const [target] = found
    if (statementType !== 'SELECT' && target?.spec.externalDataConfiguration)
      throw new BigQueryError('invalidQuery', `${statementType} is not allowed for a table of type EXTERNAL.`)
    if (!spec.dryRun) await this.#external.refresh(found)
    return explained(async () => {
      if (statementType === 'SELECT') {
        // what a transaction sees of a table is no sum that others may be told
        const isTold = !state?.isInTransaction && !spec.isDescribed
        const bytesRead = !isTold ? 0 : await this.#bytesRead(query, sql, [...found], reads)
        checkBytesBilled(spec.maximumBytesBilled, bytesBilled(bytesRead))
        return { ...(await this.#read(projectId, spec, rewritten, reads)), bytesRead, ...where }
      }
      if (spec.dryRun) return { statementType, fields: [], rows: noRows(), ...where }
      const dml = await this.#store.write(
        (connection) => runChange(this.#store, connection, rewritten, target!),
        reads,
        statementType === 'INSERT' ? [] : reads,
      )
      return {
        statementType,
        fields: [],
        rows: noRows(),
        dml,
        ...where,
        ...(target && { changed: target.reference }),
      }
    })
  }

  #read(
    projectId: string,
    spec: Running,
    { sql, columns }: RewrittenQuery,
    reads: readonly string[],
  ): Promise<QueryResult> {
    if (!spec.dryRun && !spec.destinationTable && columns.some(({ type }) => holdsSketch(type)))
      throw notImplemented('a sketch of HLL_COUNT as a result: its bytes are not those of BigQuery')
    const fields = fieldsOf(columns)
    if (spec.dryRun) return this.#select(`SELECT * FROM (${sql}) LIMIT 0`, fields, [])
    return spec.destinationTable
      ? this.#selectInto(projectId, spec, sql, fields, reads)
      : this.#select(sql, fields, reads, spec.signal)
  }

  async #bytesRead(
    query: string,
    sql: string,
    tables: readonly Table[],
    reads: readonly string[],
  ): Promise<number> {
    if (tables.every(({ spec }) => spec.view)) return 0
    const told = await this.#store.query(`EXPLAIN (FORMAT json) ${sql}`, reads)
    const plan = JSON.parse(String(told.getRows()[0]![1])) as PlanNode[]
    return this.#knownBytes.bytesOf(columnsRead(query, plan, tables), reads)
  }

  /** Keeps what a SELECT gives in a table. */
  async #selectInto(
    projectId: string,
    spec: QuerySpec,
    sql: string,
    fields: readonly Field[],
    reads: readonly string[],
  ): Promise<QueryResult> {
    const { destinationTable = {} } = spec
    const { datasetId = '', tableId = '' } = destinationTable
    const sent = { projectId: destinationTable.projectId ?? projectId, datasetId, tableId }
    const { table: reference, partition } = splitDecorator(sent)
    const table = await writeTo(
      { catalog: this.#catalog, store: this.#store },
      {
        reference,
        partition,
        fields,
        body: settingsOf(spec),
        createDisposition: spec.createDisposition ?? 'CREATE_IF_NEEDED',
        writeDisposition: spec.writeDisposition ?? 'WRITE_EMPTY',
        ...(spec.schemaUpdateOptions && { schemaUpdateOptions: spec.schemaUpdateOptions }),
      },
      async (connection) => {
        await connection.run(`INSERT INTO ${physical(reference)} ${columnNames(fields)} ${sql}`)
      },
      reads,
    )
    return this.#select(
      `SELECT ${columnNames(table.fields).slice(1, -1)} FROM ${physical(reference)}`,
      table.fields,
      [incarnationOf(table)],
    )
  }

  #ddlParts(
    projectId: string,
    tables: TableResolver,
    parameters: Parameters,
    temporary: TemporaryTables | undefined,
  ): DdlParts {
    return {
      catalog: this.#catalog,
      store: this.#store,
      newTable: (path) => tables.newTable(path),
      newTemporary: async (path) => {
        if (temporary) return temporary.place(path)
        throw new BigQueryError('invalidQuery', 'Use of CREATE TEMPORARY TABLE requires a script or session')
      },
      describeView: (view) => this.describeView(projectId, view),
      describeFiles: (source, schema) => this.#external.describe(source, schema),
      loadFiles: (spec) => this.#external.load(this.#catalog, projectId, spec),
      exportRows: (made, options) => this.#external.export(made, options),
      millisOf: (expression) => millisOf(this.#store, expression, tables, parameters),
      select: async (query, wanted) => {
        const { sql, columns, statementType } = rewriteQuery(query, tables, parameters, wanted ?? 'own')
        if (statementType !== 'SELECT') throw new BigQueryError('invalidQuery', 'AS is followed by a SELECT.')
        await this.#external.refresh(tables.found)
        return { sql, fields: wanted ?? fieldsOf(columns), reads: [...tables.found].map(incarnationOf) }
      },
    }
  }

  async #select(
    sql: string,
    fields: readonly Field[],
    reads: readonly string[],
    signal?: AbortSignal,
  ): Promise<QueryResult> {
    const rows = await this.#store.result(sql, reads, signal)
    return { statementType: 'SELECT', fields, rows }
  }
}
