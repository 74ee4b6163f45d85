import type { ScriptNames } from '../../sql/parameters.ts'
import type { Typed } from '../../sql/typing/typed.ts'
import { BOOL, INT64, spelling, STRING, typeOf, type SqlType } from '../../sql/typing/sql-type.ts'
import type { FunctionDefinition } from '../../sql/tree/function-definition.ts'
import type { Block, Place, ScriptStatement } from '../../sql/tree/script.ts'
import { BigQueryError } from '../errors.ts'
import { quoteText } from '../values/fields.ts'
import { stackOf, type ScriptSource, type StackFrame } from './script-stack.ts'
import type { ScriptState } from './script-state.ts'

/** So many statements a script runs: one that does not end is ended. */
const MOST_STATEMENTS = 100_000

// system variables that a script sets
const MESSAGE = '@@error.message'
const ROW_COUNT = '@@row_count'

/** What runs the statements of a script. */
export interface ScriptHost {
  /**
   * @param stack where the statement stands
   * @param using values of USING, instead of the query's parameters
   * @returns how many rows a changing statement changed
   */
  run(
    text: string,
    names: ScriptNames,
    stack: readonly StackFrame[],
    using?: readonly Using[],
  ): Promise<number | undefined>
  /** The values of one row that a query gives, NULLs where it gives none. @param wanted their types, where they are known */
  row(
    query: string,
    names: ScriptNames,
    wanted?: readonly SqlType[],
    using?: readonly Using[],
  ): Promise<readonly Typed[]>
  /** The rows of a query, as structs. */
  rows(query: string, names: ScriptNames): Promise<readonly Typed[]>
  /** What STRING a value is, or whether it is true. */
  text(value: Typed): Promise<string | null>
  /** Ends a session. @param session the one that the script is in, where none is named */
  abort(session: string | undefined): Promise<void>
}

export interface Using {
  readonly name: string | undefined
  readonly value: Typed
}

type Of<K extends ScriptStatement['kind']> = Extract<ScriptStatement, { kind: K }>
type Ended = 'break' | 'continue' | 'return' | undefined

/** Runs the statements of a script one after another. */
export class ScriptRunner {
  readonly #host: ScriptHost
  readonly #state: ScriptState
  readonly #variables: Map<string, Typed>
  readonly #functions: Map<string, FunctionDefinition>
  readonly #source: ScriptSource
  #statements = 0
  /** What the handler around this place handles. */
  #handled: BigQueryError | undefined

  constructor(host: ScriptHost, state: ScriptState, source: ScriptSource) {
    this.#source = source
    this.#host = host
    this.#state = state
    this.#variables = state.variables
    this.#functions = state.functions
  }

  /** @param keeps whether the variables that it declares outlive it @throws BigQueryError */
  async run(block: Block, keeps: boolean): Promise<void> {
    await this.#block(block, keeps)
  }

  get #names(): ScriptNames {
    return this.#state.names
  }

  async #block(block: Block, keeps = false): Promise<Ended> {
    const own: string[] = []
    for (const statement of block) {
      if (++this.#statements > MOST_STATEMENTS)
        throw new BigQueryError(
          'invalidQuery',
          `local-cloud ends a script after ${MOST_STATEMENTS} statements`,
        )
      if (statement.kind === 'declare') own.push(...(await this.#declare(statement)))
      else {
        const ended = await this.#statement(statement)
        if (ended) return ended
      }
    }
    if (!keeps) for (const name of own) this.#variables.delete(name)
    return undefined
  }

  async #statement(statement: Exclude<ScriptStatement, { kind: 'declare' }>): Promise<Ended> {
    switch (statement.kind) {
      case 'sql':
        await this.#run(statement.text, statement.place)
        return undefined
      case 'set':
        await this.#set(statement)
        return undefined
      case 'if':
        return this.#if(statement)
      case 'loop':
        return this.#loop(statement)
      case 'for':
        return this.#for(statement)
      case 'begin':
        return this.#begin(statement)
      case 'execute':
        await this.#execute(statement)
        return undefined
      case 'function':
        if (this.#functions.has(statement.name) && !statement.replaces)
          throw new BigQueryError('duplicate', `Already Exists: Function ${statement.name}`)
        this.#functions.set(statement.name, statement.made)
        return undefined
      case 'transaction':
        await this.#state.transact(statement.action)
        return undefined
      case 'abort':
        await this.#host.abort(statement.session)
        return undefined
      case 'raise':
        throw await this.#raised(statement)
      case 'assert':
        if (!(await this.#isTrue(statement.condition)))
          throw new BigQueryError('invalidQuery', await this.#message(statement.message, 'Assertion failed'))
        return undefined
      default:
        return statement.kind
    }
  }

  async #declare({ names, type, value }: Of<'declare'>): Promise<string[]> {
    const wanted = type && typeOf(type)
    const made = await this.#value(value ?? 'NULL', wanted)
    return names.map((name) => {
      const lower = name.toLowerCase()
      if (this.#variables.has(lower))
        throw new BigQueryError('invalidQuery', `Variable '${name}' redeclaration`)
      this.#variables.set(lower, made)
      return lower
    })
  }

  async #set({ names, value, isStruct }: Of<'set'>): Promise<void> {
    const types = names.map((name) => this.#variable(name).type)
    const made = !isStruct
      ? [await this.#value(value, types[0])]
      : await this.#host.row(`SELECT * FROM UNNEST([${value}])`, this.#names, types)
    for (const [index, name] of names.entries()) this.#variables.set(name.toLowerCase(), made[index]!)
  }

  /** @param wanted a literal takes this type, and others that become it by themselves */
  async #value(text: string, wanted: SqlType | undefined): Promise<Typed> {
    const value = wanted ? `IF(TRUE, (${text}), CAST(NULL AS ${spelling(wanted)}))` : text
    return (await this.#host.row(`SELECT ${value}`, this.#names, wanted && [wanted]))[0]!
  }

  #variable(name: string): Typed {
    const found = this.#variables.get(name.toLowerCase())
    if (!found) throw new BigQueryError('invalidQuery', `Undeclared variable: ${name}`)
    return found
  }

  async #if({ branches, otherwise }: Of<'if'>): Promise<Ended> {
    for (const { condition, body } of branches) if (await this.#isTrue(condition)) return this.#block(body)
    return this.#block(otherwise)
  }

  async #loop({ before, until, body }: Of<'loop'>): Promise<Ended> {
    const goesOn = async () => before === undefined || this.#isTrue(before)
    while (await goesOn()) {
      const ended = await this.#block(body)
      if (ended === 'return') return ended
      if (ended === 'break') return undefined
      if (until !== undefined && (await this.#isTrue(until))) return undefined
      if (++this.#statements > MOST_STATEMENTS)
        throw new BigQueryError(
          'invalidQuery',
          `local-cloud ends a script after ${MOST_STATEMENTS} statements`,
        )
    }
    return undefined
  }

  async #for({ name, query, body }: Of<'for'>): Promise<Ended> {
    const lower = name.toLowerCase()
    if (this.#variables.has(lower))
      throw new BigQueryError('invalidQuery', `Variable '${name}' redeclaration`)
    try {
      for (const row of await this.#host.rows(query, this.#names)) {
        this.#variables.set(lower, row)
        const ended = await this.#block(body)
        if (ended === 'return') return ended
        if (ended === 'break') return undefined
      }
      return undefined
    } finally {
      this.#variables.delete(lower)
    }
  }

  async #begin({ body, handler }: Of<'begin'>): Promise<Ended> {
    const before = new Map(this.#variables)
    try {
      return await this.#block(body)
    } catch (error) {
      if (!handler || !(error instanceof BigQueryError)) throw error
      // what the block declared is gone
      for (const name of this.#variables.keys()) if (!before.has(name)) this.#variables.delete(name)
      return this.#handle(error, handler)
    }
  }

  async #handle(error: BigQueryError, handler: Block): Promise<Ended> {
    const outer = this.#handled
    this.#handled = error
    this.#variables.set(MESSAGE, { sql: quoteText(error.message), type: STRING })
    try {
      return await this.#block(handler)
    } finally {
      this.#handled = outer
      if (outer) this.#variables.set(MESSAGE, { sql: quoteText(outer.message), type: STRING })
      else this.#variables.delete(MESSAGE)
    }
  }

  /** RAISE: a new error, or that which is handled again. */
  async #raised({ message }: Of<'raise'>): Promise<BigQueryError> {
    if (message !== undefined) return new BigQueryError('invalidQuery', await this.#message(message, 'RAISE'))
    return (
      this.#handled ??
      new BigQueryError(
        'invalidQuery',
        'Cannot re-raise an existing exception outside of an exception handler',
      )
    )
  }

  async #run(text: string, place: Place, using?: readonly Using[]): Promise<void> {
    const changed = await this.#host.run(text, this.#names, stackOf(this.#source, place), using)
    this.#variables.set(ROW_COUNT, {
      sql: changed === undefined ? 'CAST(NULL AS BIGINT)' : `CAST(${changed} AS BIGINT)`,
      type: INT64,
    })
  }

  async #execute({ place, sql, into, using }: Of<'execute'>): Promise<void> {
    const text = await this.#host.text(await this.#value(sql, STRING))
    if (text === null) throw new BigQueryError('invalidQuery', 'EXECUTE IMMEDIATE of NULL')
    const values: Using[] = []
    for (const { name, value } of using) values.push({ name, value: await this.#value(value, undefined) })
    if (into.length === 0) {
      await this.#run(text, place, values)
      return
    }
    const types = into.map((name) => this.#variable(name).type)
    const row = await this.#host.row(text, this.#names, types, values)
    for (const [index, name] of into.entries()) this.#variables.set(name.toLowerCase(), row[index]!)
  }

  async #isTrue(condition: string): Promise<boolean> {
    return (await this.#host.text(await this.#value(condition, BOOL))) === 'true'
  }

  async #message(value: string | undefined, otherwise: string): Promise<string> {
    if (value === undefined) return otherwise
    return (await this.#host.text(await this.#value(value, STRING))) ?? otherwise
  }
}
