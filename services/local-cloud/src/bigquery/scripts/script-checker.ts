import type { ScriptNames } from '../../sql/parameters.ts'
import type { FunctionDefinition } from '../../sql/tree/function-definition.ts'
import type { Block, ScriptStatement } from '../../sql/tree/script-tree.ts'
import type { Typed } from '../../sql/typing/typed.ts'
import { BOOL, duckDb, INT64, spelling, STRING, typeOf, type SqlType } from '../../sql/typing/sql-type.ts'
import { BigQueryError } from '../errors.ts'
import type { Procedure } from './script-procedure.ts'
import { coercionError } from './coercion-error.ts'

/** What looks at one statement of a script, and runs nothing. */
export interface CheckedBy {
  /** Whether it makes, changes or drops something that the next ones may name. */
  readonly isDefinition: (text: string) => boolean
  /** The columns of a query, none of a statement that changes rows. @throws BigQueryError where it is none */
  readonly columnsOf: (text: string, names: ScriptNames) => readonly Named[]
  /** @throws BigQueryError notFound */
  readonly procedure: (path: readonly string[]) => Procedure
  readonly system: NonNullable<ScriptNames['system']>
}

interface Named {
  readonly name: string
  readonly type: SqlType
}

type Of<K extends ScriptStatement['kind']> = Extract<ScriptStatement, { kind: K }>

/** From here on nobody knows what names mean before the script runs. */
class Unknown extends Error {}

/** A value of which only the type is known. */
export const nullOf = (type: SqlType): Typed => ({ sql: `CAST(NULL AS ${duckDb(type)})`, type })

/**
 * Looks at the statements of a script without running one: at their names and types, up to the first that makes or changes something.
 *
 * @param before variables and functions that it has from the begin on @throws BigQueryError for what could not run
 */
export function checkScript(
  block: Block,
  by: CheckedBy,
  before: Pick<ScriptNames, 'variables' | 'functions'>,
): void {
  const checker = new ScriptChecker(by, before)
  try {
    checker.block(block)
  } catch (error) {
    if (error instanceof Unknown) return
    if (error instanceof BigQueryError && error.reason === 'notImplemented') return
    throw error
  }
}

class ScriptChecker {
  readonly #by: CheckedBy
  readonly #variables: Map<string, Typed>
  readonly #functions: Map<string, FunctionDefinition>

  constructor(by: CheckedBy, { variables, functions }: Pick<ScriptNames, 'variables' | 'functions'>) {
    this.#by = by
    this.#variables = new Map([
      ...variables,
      ['@@error.message', nullOf(STRING)],
      ['@@row_count', nullOf(INT64)],
    ])
    this.#functions = new Map(functions)
  }

  #declareOne(name: string, type: SqlType): void {
    const lower = name.toLowerCase()
    if (this.#variables.has(lower))
      throw new BigQueryError('invalidQuery', `Variable '${name}' redeclaration`)
    this.#variables.set(lower, nullOf(type))
  }

  block(block: Block): void {
    const before = new Set(this.#variables.keys())
    for (const statement of block) this.#statement(statement)
    for (const name of this.#variables.keys()) if (!before.has(name)) this.#variables.delete(name)
  }

  get #names(): ScriptNames {
    return { variables: this.#variables, functions: this.#functions, system: this.#by.system }
  }

  #statement(statement: ScriptStatement): void {
    switch (statement.kind) {
      case 'sql':
        if (this.#by.isDefinition(statement.text)) throw new Unknown()
        this.#by.columnsOf(statement.text, this.#names)
        return
      case 'declare':
        return this.#declare(statement)
      case 'set':
        return this.#set(statement)
      case 'if':
        for (const { condition, body } of statement.branches) {
          this.#value(condition, BOOL)
          this.block(body)
        }
        return this.block(statement.otherwise)
      case 'loop':
        if (statement.before !== undefined) this.#value(statement.before, BOOL)
        this.block(statement.body)
        if (statement.until !== undefined) this.#value(statement.until, BOOL)
        return
      case 'for':
        return this.#for(statement)
      case 'begin':
        this.block(statement.body)
        return this.block(statement.handler ?? [])
      case 'execute':
        this.#value(statement.sql, STRING)
        for (const { value } of statement.using) this.#value(value, undefined)
        for (const name of statement.into) this.#variable(name)
        throw new Unknown()
      case 'call':
        this.#call(statement)
        throw new Unknown()
      case 'function':
        this.#functions.set(statement.name, statement.made)
        return
      case 'raise':
        if (statement.message !== undefined) this.#value(statement.message, STRING)
        return
      case 'assert':
        this.#value(statement.condition, BOOL)
        if (statement.message !== undefined) this.#value(statement.message, STRING)
        return
      default:
    }
  }

  #declare({ names, type, value }: Of<'declare'>): void {
    const wanted = type && typeOf(type)
    const own = value === undefined ? undefined : this.#value(value, wanted)
    for (const name of names) this.#declareOne(name, wanted ?? own!)
  }

  #set({ names, value, isStruct }: Of<'set'>): void {
    const types = names.map((name) => (name.startsWith('@@') ? STRING : this.#variable(name).type))
    this.#value(value, isStruct ? undefined : types[0])
    // names without a dataset are others from here on
    if (names.some((name) => /^@@dataset_(?:project_)?id$/i.test(name))) throw new Unknown()
  }

  #for({ name, query, body }: Of<'for'>): void {
    const fields = this.#by
      .columnsOf(query, this.#names)
      .map(({ name: field, type }) => ({ name: field, type }))
    this.#declareOne(name, { kind: 'STRUCT', fields })
    this.block(body)
    this.#variables.delete(name.toLowerCase())
  }

  #call({ path, args }: Of<'call'>): void {
    const { id, arguments: wanted } = this.#by.procedure(path)
    checkCount(id, wanted.length, args.length)
    for (const [index, { name, mode, type }] of wanted.entries()) {
      const { value, name: variable } = args[index]!
      if (mode !== 'IN') {
        if (variable !== undefined) this.#variable(variable)
      } else
        try {
          this.#value(value, type && typeOf(type))
        } catch (error) {
          throw ofArgument(error, name, id)
        }
    }
  }

  #variable(name: string): Typed {
    const found = this.#variables.get(name.toLowerCase())
    if (!found) throw new BigQueryError('invalidQuery', `Undeclared variable: ${name}`)
    return found
  }

  #value(text: string, wanted: SqlType | undefined): SqlType {
    const value = wanted ? `IF(TRUE, (${text}), CAST(NULL AS ${spelling(wanted)}))` : text
    try {
      return this.#by.columnsOf(`SELECT ${value}`, this.#names)[0]!.type
    } catch (error) {
      throw coercionError(error, wanted)
    }
  }
}

/** @throws BigQueryError where a procedure takes more or fewer arguments */
export function checkCount(id: string, wanted: number, given: number): void {
  if (given !== wanted)
    throw new BigQueryError(
      'invalidQuery',
      `Procedure ${id} takes ${wanted} arguments, and was given ${given}`,
    )
}

/** The same error, which says whose argument is wrong. */
export function ofArgument(error: unknown, name: string, id: string): unknown {
  if (!(error instanceof BigQueryError) || error.reason === 'notImplemented') return error
  return new BigQueryError(error.reason, `Argument ${name} of procedure ${id}: ${error.message}`, {
    cause: error,
  })
}
