import { Parameters, type QueryParameter } from '../../sql/parameters.ts'
import { withNames } from '../../sql/positional.ts'
import type { ScriptNames } from '../../sql/parameters.ts'
import type { Typed } from '../../sql/typing/typed.ts'
import { structOf, type SqlType } from '../../sql/typing/sql-type.ts'
import { rewriteQuery } from '../../sql/rewrite-query.ts'
import type { TableResolver } from '../../sql/table-path.ts'
import { parseScript } from '../../sql/tree/script.ts'
import type { Block } from '../../sql/tree/script-tree.ts'
import { BigQueryError } from '../errors.ts'
import { explained } from './explain-error.ts'
import { lookingBack } from '../store/looking-back.ts'
import type { ExternalTables } from '../files/external-tables.ts'
import type { Procedure } from './script-procedure.ts'
import { ScriptRunner, type ScriptHost, type Using } from './script-runner.ts'
import type { ScriptSource, StackFrame } from './script-stack.ts'
import { asScriptText, ofScriptText, scriptColumns } from './script-value.ts'
import type { ScriptState } from './script-state.ts'
import type { Store } from '../store/store.ts'
import { incarnationOf } from '../table/table.ts'

export interface SessionParts {
  readonly store: Store
  readonly external: ExternalTables
  readonly tables: (query: string) => TableResolver
  /** A query whose times of FOR SYSTEM_TIME AS OF are known. */
  readonly settled: (query: string, tables: TableResolver, parameters: Parameters) => Promise<string>
  /** Runs one statement. @returns how many rows it changed, where it changes some */
  readonly run: (
    query: string,
    parameters: Parameters,
    stack: readonly StackFrame[],
  ) => Promise<number | undefined>
  readonly state: ScriptState
  /** @throws BigQueryError notFound */
  readonly procedure: (path: readonly string[]) => Procedure
  /** Ends a session: the one that the script is in, or another. Absent where it is in none. */
  readonly abort?: ((session: string | undefined) => Promise<void>) | undefined
}

/** A script, while it runs. */
export class ScriptSession implements ScriptHost {
  readonly #parts: SessionParts
  readonly #parameters: readonly QueryParameter[]
  readonly #block: Block
  readonly #source: ScriptSource

  constructor(parts: SessionParts, sql: string, parameters: readonly QueryParameter[]) {
    this.#parts = parts
    const named = withNames(sql, parameters)
    this.#parameters = named.parameters
    this.#block = parseScript(named.sql)!
    this.#source = { sql, original: named.original, callers: [] }
  }

  /** @throws BigQueryError */
  async start(): Promise<void> {
    const { state, abort } = this.#parts
    await new ScriptRunner(this, state, this.#source).run(this.#block, abort !== undefined)
  }

  run(
    query: string,
    names: ScriptNames,
    stack: readonly StackFrame[],
    using?: readonly Using[],
  ): Promise<number | undefined> {
    const { state, run } = this.#parts
    return state.within(() => run(query, this.#parametersOf(names, using), stack))
  }

  procedure(path: readonly string[]): Procedure {
    return this.#parts.procedure(path)
  }

  async abort(session: string | undefined): Promise<void> {
    const { abort } = this.#parts
    if (!abort) throw new BigQueryError('invalidQuery', 'ABORT_SESSION is for queries that are in a session.')
    await abort(session)
  }

  async row(
    query: string,
    names: ScriptNames,
    wanted?: readonly SqlType[],
    using?: readonly Using[],
  ): Promise<readonly Typed[]> {
    const { columns, rows } = await this.#read(query, this.#parametersOf(names, using), wanted, 2)
    if (rows.length > 1) throw new BigQueryError('invalidQuery', 'The query gives more than one row')
    return columns.map(({ type }, index) => ofScriptText(rows[0]?.[index] ?? null, type))
  }

  async rows(query: string, names: ScriptNames): Promise<readonly Typed[]> {
    const { columns, rows } = await this.#read(
      query,
      this.#parametersOf(names, undefined),
      undefined,
      undefined,
    )
    const type = { kind: 'STRUCT', fields: columns.map(({ name, type: of }) => ({ name, type: of })) }
    return rows.map((row) => {
      const fields = columns.map(({ name, type: of }, index) => ({
        name,
        sql: ofScriptText(row[index]!, of).sql,
      }))
      return { sql: structOf(fields), type }
    })
  }

  async text({ sql }: Typed): Promise<string | null> {
    const { state, store } = this.#parts
    const read = await state.within(() => store.query(`SELECT CAST((${sql}) AS VARCHAR)`))
    return read.getRows()[0]![0] as string | null
  }

  /** @param limit so many rows at most */
  #read(
    query: string,
    parameters: Parameters,
    wanted: readonly SqlType[] | undefined,
    limit: number | undefined,
  ) {
    const { store, external, state } = this.#parts
    const work = async () => {
      const tables = this.#parts.tables(query)
      const text = await this.#parts.settled(query, tables, parameters)
      const { sql, columns, statementType } = rewriteQuery(text, tables, parameters)
      if (statementType !== 'SELECT')
        throw new BigQueryError('invalidQuery', `${statementType} gives no values`)
      const values = scriptColumns(columns, wanted)
      await external.refresh(tables.found)
      const list = values.map((value) => asScriptText(value.sql, value.type)).join(', ')
      const reads = [...tables.found].map(incarnationOf)
      const made = `SELECT ${list} FROM (${sql}) AS part${limit === undefined ? '' : ` LIMIT ${limit}`}`
      const rows = (await store.query(made, reads)).getRows() as (string | null)[][]
      return { columns: values.map(({ type }, index) => ({ name: columns[index]!.name, type })), rows }
    }
    return explained(() => state.within(() => lookingBack(store, query, work)))
  }

  #parametersOf(names: ScriptNames, using: readonly Using[] | undefined): Parameters {
    return using && using.length > 0 ? Parameters.of(using, names) : new Parameters(this.#parameters, names)
  }
}
