import type { ScriptNames } from '../../sql/parameters.ts'
import type { Typed } from '../../sql/typing/typed.ts'
import { BOOL, INT64, isEqual, spelling, STRING, typeOf, type SqlType } from '../../sql/typing/sql-type.ts'
import type { FunctionDefinition } from '../../sql/tree/function-definition.ts'
import type { Block, Jump, Labelled, Place, ScriptStatement } from '../../sql/tree/script-tree.ts'
import { BigQueryError, notImplemented } from '../errors.ts'
import { quoteText } from '../values/fields.ts'
import { parseBlock } from '../../sql/tree/script.ts'
import { coercionError } from './coercion-error.ts'
import { checkCount, ofArgument } from './script-checker.ts'
import type { Procedure } from './script-procedure.ts'
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
  /** @throws BigQueryError notFound */
  procedure(path: readonly string[]): Procedure
  /** Ends a session. @param session the one that the script is in, where none is named */
  abort(session: string | undefined): Promise<void>
}

export interface Using {
  readonly name: string | undefined
  readonly value: Typed
}

interface OfProcedure {
  /** By names in lower case. */
  readonly variables: Map<string, Typed>
  readonly depth: number
  readonly counted: Counted
}

/** Statements that a script has run, those of its procedures among them. */
interface Counted {
  statements: number
}

// BigQuery's limit (docs: quotas, "stored procedures")
const DEEPEST_CALL = 50

type Of<K extends ScriptStatement['kind']> = Extract<ScriptStatement, { kind: K }>
/** How a statement ended what it is in; undefined where the next one comes. */
type Ended = Jump | undefined

const isSystem = (name: string): boolean => name.startsWith('@@')

/** Whether a jump is of this loop. */
const isOf = ({ kind, label }: Jump, loop: Labelled): boolean =>
  kind !== 'return' && (label === undefined || label === loop.label)

/** Runs the statements of a script one after another. */
export class ScriptRunner {
  readonly #host: ScriptHost
  readonly #state: ScriptState
  readonly #variables: Map<string, Typed>
  readonly #functions: Map<string, FunctionDefinition>
  readonly #source: ScriptSource
  readonly #depth: number
  readonly #counted: Counted
  /** What the handler around this place handles. */
  #handled: BigQueryError | undefined

  /** @param own of a procedure: its arguments, in how many calls it is, and what the script has run */
  constructor(host: ScriptHost, state: ScriptState, source: ScriptSource, own?: OfProcedure) {
    this.#source = source
    this.#host = host
    this.#state = state
    this.#variables = own?.variables ?? state.variables
    this.#depth = own?.depth ?? 0
    this.#counted = own?.counted ?? { statements: 0 }
    this.#functions = state.functions
  }

  /** @param keeps whether the variables that it declares outlive it @throws BigQueryError */
  async run(block: Block, keeps: boolean): Promise<void> {
    await this.#block(block, keeps)
  }

  get #names(): ScriptNames {
    return { variables: this.#variables, functions: this.#functions, system: this.#state.system.valueOf }
  }

  /** @throws BigQueryError where a statement more is too many */
  #count(): void {
    if (++this.#counted.statements > MOST_STATEMENTS)
      throw new BigQueryError('invalidQuery', `local-cloud ends a script after ${MOST_STATEMENTS} statements`)
  }

  async #block(block: Block, keeps = false): Promise<Ended> {
    const own: string[] = []
    let ended: Ended
    for (const statement of block) {
      this.#count()
      if (statement.kind === 'declare') own.push(...(await this.#declare(statement)))
      else ended = await this.#statement(statement)
      if (ended) break
    }
    if (!keeps) for (const name of own) this.#variables.delete(name)
    return ended
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
      case 'call':
        await this.#call(statement)
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
        return statement
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
    const types = names.map((name) => this.#typeOf(name))
    const made = !isStruct
      ? [await this.#value(value, types[0])]
      : await this.#host.row(`SELECT * FROM UNNEST([${value}])`, this.#names, types)
    for (const [index, name] of names.entries()) {
      const given = made[index]!
      if (isSystem(name)) this.#state.system.set(name, await this.#host.text(given))
      else this.#variables.set(name.toLowerCase(), given)
    }
  }

  /** What SET gives a variable. */
  #typeOf(name: string): SqlType {
    if (!isSystem(name)) return this.#variable(name).type
    this.#state.system.checkSet(name)
    return STRING
  }

  /** @param wanted a literal takes this type, and others that become it by themselves */
  async #value(text: string, wanted: SqlType | undefined): Promise<Typed> {
    const value = wanted ? `IF(TRUE, (${text}), CAST(NULL AS ${spelling(wanted)}))` : text
    try {
      return (await this.#host.row(`SELECT ${value}`, this.#names, wanted && [wanted]))[0]!
    } catch (error) {
      throw coercionError(error, wanted)
    }
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

  async #loop(loop: Of<'loop'>): Promise<Ended> {
    const { before, until, body } = loop
    const goesOn = async () => before === undefined || this.#isTrue(before)
    while (await goesOn()) {
      const ended = await this.#block(body)
      if (ended && !isOf(ended, loop)) return ended
      if (ended?.kind === 'break') return undefined
      if (until !== undefined && (await this.#isTrue(until))) return undefined
      this.#count()
    }
    return undefined
  }

  async #for(loop: Of<'for'>): Promise<Ended> {
    const { name, query, body } = loop
    const lower = name.toLowerCase()
    if (this.#variables.has(lower))
      throw new BigQueryError('invalidQuery', `Variable '${name}' redeclaration`)
    try {
      for (const row of await this.#host.rows(query, this.#names)) {
        this.#variables.set(lower, row)
        const ended = await this.#block(body)
        if (ended && !isOf(ended, loop)) return ended
        if (ended?.kind === 'break') return undefined
      }
      return undefined
    } finally {
      this.#variables.delete(lower)
    }
  }

  async #begin(block: Of<'begin'>): Promise<Ended> {
    const ended = await this.#guarded(block)
    return ended?.kind === 'break' && ended.label !== undefined && ended.label === block.label
      ? undefined
      : ended
  }

  async #guarded({ body, handler }: Of<'begin'>): Promise<Ended> {
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

  /** What a procedure does is done; what it gives is in the variables that stand for its OUT arguments. */
  async #call({ path, args, place }: Of<'call'>): Promise<void> {
    const { id, arguments: wanted, body } = this.#host.procedure(path)
    checkCount(id, wanted.length, args.length)
    if (this.#depth === DEEPEST_CALL)
      throw new BigQueryError(
        'invalidQuery',
        `Procedures call one another in more than ${DEEPEST_CALL} levels`,
      )
    const variables = new Map<string, Typed>()
    for (const [index, { name, mode, type: named }] of wanted.entries()) {
      const type = named && typeOf(named)
      const arg = args[index]!
      if (mode !== 'IN') this.#checkOut(arg.name, type, `${name} of ${id}`)
      const outType =
        type ?? (arg.name === undefined ? undefined : this.#variables.get(arg.name.toLowerCase())?.type)
      const value = this.#value(mode === 'OUT' ? 'NULL' : arg.value, mode === 'IN' ? type : outType)
      variables.set(
        name.toLowerCase(),
        await value.catch((error: unknown) => {
          throw ofArgument(error, name, id)
        }),
      )
    }
    const callers = stackOf(this.#source, place)
    const source = { sql: body, original: (at: number) => at, procedureId: id, callers }
    const own = { variables, depth: this.#depth + 1, counted: this.#counted }
    const runner = new ScriptRunner(this.#host, this.#state, source, own)
    await runner.run(parseBlock(body), false)
    for (const [index, { name, mode }] of wanted.entries())
      if (mode !== 'IN')
        this.#variables.set(args[index]!.name!.toLowerCase(), variables.get(name.toLowerCase())!)
  }

  /** @throws BigQueryError where no variable of this type stands for an OUT argument */
  #checkOut(variable: string | undefined, type: SqlType | undefined, argument: string): void {
    if (variable === undefined)
      throw new BigQueryError('invalidQuery', `The OUT argument ${argument} must be a variable`)
    const own = this.#variable(variable).type
    if (type && !isEqual(own, type))
      throw notImplemented(
        `a variable of type ${spelling(own)} for the OUT argument ${argument} (${spelling(type)})`,
      )
  }

  async #isTrue(condition: string): Promise<boolean> {
    return (await this.#host.text(await this.#value(condition, BOOL))) === 'true'
  }

  async #message(value: string | undefined, otherwise: string): Promise<string> {
    if (value === undefined) return otherwise
    return (await this.#host.text(await this.#value(value, STRING))) ?? otherwise
  }
}
