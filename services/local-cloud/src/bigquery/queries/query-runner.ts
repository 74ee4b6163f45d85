import { Parameters, type ScriptNames } from '../../sql/parameters.ts'
import { withNames } from '../../sql/positional.ts'
import { parseFunctionStatement } from '../../sql/statements/function-statement.ts'
import type { JobRow } from '../../sql/views/jobs-view.ts'
import { parseSchemaStatement } from '../../sql/statements/schema-statement.ts'
import { rewriteQuery } from '../../sql/rewrite-query.ts'
import { filteredColumns } from '../../sql/filtered-columns.ts'
import { TableResolver } from '../../sql/table-path.ts'
import { parseScript } from '../../sql/tree/script.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { parseDdl, runDdl } from '../ddl/ddl-runner.ts'
import { BigQueryError, notImplemented } from '../errors.ts'
import { explained } from '../scripts/explain-error.ts'
import { runSchemaStatement } from '../ddl/schema-runner.ts'
import { runFunctionStatement } from '../ddl/function-runner.ts'
import type { ExternalTables } from '../files/external-tables.ts'
import { locationOf } from '../catalog/dataset-location.ts'
import { checkScript } from '../scripts/script-checker.ts'
import { ScriptState } from '../scripts/script-state.ts'
import { settledTimes } from './system-times.ts'
import { runChange } from './run-change.ts'
import { ScriptStatements } from './script-statements.ts'
import { ScriptSession, type SessionParts } from '../scripts/script-session.ts'
import { SystemVariables } from '../scripts/system-variables.ts'
import type { RoutineReference, RoutineSpec } from '../catalog/routine.ts'
import { noRows } from '../results/result-rows.ts'
import type { KnownBytes } from '../bytes/known-bytes.ts'
import { checkedBy } from './checked-by.ts'
import { checkRoutine } from './check-routine.ts'
import { ddlParts } from './ddl-parts.ts'
import { defineTables } from './define-tables.ts'
import { QueryLimits } from '../../sql/query-limits.ts'
import type { QueryResult } from './query-result.ts'
import { sessionIdOf, type QuerySession, type QuerySessions } from './query-sessions.ts'
import { LEGACY, refuseLegacy, type QuerySpec } from './query-spec.ts'
import { referencedBy } from './referenced-by.ts'
import { SelectRunner } from './select-runner.ts'
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

interface RunOptions extends Pick<Running, 'signal' | 'child' | 'job'> {
  readonly location?: string | undefined
}

export class QueryRunner {
  readonly #catalog: Catalog
  readonly #store: Store
  readonly #external: ExternalTables
  readonly #sessions: QuerySessions
  readonly #jobs: QueryRunnerParts['jobs']
  readonly #selects: SelectRunner

  constructor({ catalog, store, external, knownBytes, sessions, jobs }: QueryRunnerParts) {
    this.#jobs = jobs
    this.#sessions = sessions
    this.#catalog = catalog
    this.#store = store
    this.#external = external
    this.#selects = new SelectRunner({ catalog, store, knownBytes })
  }

  /** The columns of a view. @throws BigQueryError where its query cannot be run */
  async describeView(projectId: string, { query, useLegacySql = true }: ViewDefinition) {
    if (useLegacySql) throw notImplemented(LEGACY)
    const spec = { ...(query !== undefined && { query }), useLegacySql, dryRun: true, isDescribed: true }
    const { fields, statementType } = await this.#query(projectId, spec)
    if (statementType !== 'SELECT') throw new BigQueryError('invalidQuery', 'A view is a SELECT.')
    return fields
  }

  /**
   * @param location where its tables must be
   * @param how its signal ends a query that changes nothing; a script ends between two statements. Its child is told of
   * each statement of a script, and drops its rows
   * @throws BigQueryError invalidQuery with DuckDB's own explanation, notFound, notImplemented
   */
  async run(projectId: string, sent: QuerySpec, { location, ...how }: RunOptions = {}): Promise<QueryResult> {
    return this.#query(projectId, { ...sent, ...how }, location)
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
    const { defaultDataset, job } = spec
    const system = new SystemVariables().begin({ projectId, defaultDataset, job, isScript })
    const names = { variables: new Map(), functions: new Map(), system: system.valueOf }
    // a view has none: they would be those of whoever reads it
    const parameters = new Parameters(queryParameters, spec.isDescribed ? undefined : names)
    return this.#one(projectId, { ...spec, query }, location, parameters)
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
      expandView: (view, inside, named) => rewriteQuery(view, inside, new Parameters([], named)),
    })
  }

  async #inSession(
    session: QuerySession,
    spec: Running & { readonly query: string },
    location: string | undefined,
  ): Promise<QueryResult> {
    const { id: sessionId, projectId, state } = session
    const parameters = new Parameters(spec.queryParameters ?? [], state.names)
    const isScript = parseScript(spec.query) !== undefined
    const { defaultDataset, job } = spec
    state.system.begin({ projectId, defaultDataset, sessionId, job, isScript })
    const result = isScript
      ? await this.#run(projectId, spec, location, state, (named) =>
          this.#sessions.end(named === undefined ? session : this.#sessions.get(projectId, named)),
        )
      : await state.within(() => this.#one(projectId, withDefaults(spec, state), location, parameters, state))
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
    const { defaultDataset, job } = spec
    state.system.begin({ projectId, defaultDataset, job, isScript })
    try {
      await defineTables({ catalog: this.#catalog, external: this.#external }, temporary, spec)
      if (isScript) return await this.#run(projectId, spec, location, state)
      const parameters = new Parameters(spec.queryParameters ?? [], state.names)
      return await this.#one(projectId, spec, location, parameters, state)
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
    // by what SET has said of the default dataset until then
    const asked = (text: string) => ({ ...withDefaults(spec, state), query: text })
    const statements = new ScriptStatements(spec, state.system, (text, parameters) =>
      this.#one(projectId, asked(text), location, parameters, state),
    )
    if (dryRun) {
      const named = withNames(query, queryParameters)
      const parametersOf = (names: ScriptNames) => new Parameters(named.parameters, names)
      const tables = this.#tables(projectId, asked(query), state.temporary)
      const { variables, functions } = state
      checkScript(parseScript(named.sql)!, checkedBy(tables, projectId, parametersOf), {
        variables,
        functions,
      })
      return statements.result()
    }
    const parts: SessionParts = {
      store: this.#store,
      external: this.#external,
      tables: (text) => this.#tables(projectId, asked(text), state.temporary),
      state,
      abort,
      settled: (text, tables, parameters) => settledTimes(this.#store, text, tables, parameters),
      run: (text, parameters, stack) => statements.run(text, parameters, stack),
      procedure: (path) => this.#tables(projectId, asked(query), state.temporary).procedure(path),
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
        check: (reference: RoutineReference, body: RoutineSpec) =>
          checkRoutine(this.#catalog, reference, body),
      }
      const result = await runFunctionStatement(parts, made, spec.dryRun === true)
      return { fields: [], rows: noRows(), ...result }
    }
    const statement = parseDdl(query)
    if (statement) {
      state?.checkDdl(statement)
      const parts = ddlParts({
        catalog: this.#catalog,
        store: this.#store,
        external: this.#external,
        projectId,
        tables,
        parameters,
        temporary: state?.temporary,
        describeView: (view) => this.describeView(projectId, view),
      })
      const result = await explained(() => runDdl(parts, statement, spec.dryRun === true))
      return { fields: [], rows: noRows(), referenced: referencedBy(found), ...result }
    }
    const kept = spec.destinationTable && !spec.dryRun ? 'own' : undefined
    const rewritten = rewriteQuery(query, tables, parameters, kept)
    const { statementType } = rewritten
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
        const isTold = !state?.isInTransaction && !spec.isDescribed
        const select = { query, rewritten, tables: [...found], isTold }
        return { ...(await this.#selects.run(projectId, spec, select)), ...where }
      }
      const nothing = { statementType, fields: [], rows: noRows(), ...where }
      if (spec.dryRun) return nothing
      const reads = [...found].map(incarnationOf)
      const dml = await this.#store.write(
        (connection) => runChange(this.#store, connection, rewritten, target!),
        reads,
        statementType === 'INSERT' ? [] : reads,
      )
      return { ...nothing, dml, ...(target && { changed: target.reference }) }
    })
  }
}

/** With the default dataset that holds now. */
function withDefaults<S extends Running>(spec: S, { system: { defaultDataset } }: ScriptState): S {
  return { ...spec, defaultDataset }
}
