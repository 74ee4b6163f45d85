import type { Call, Expression, From, Query, WindowSpec } from '../tree/tree.ts'
import type { FunctionDefinition } from '../tree/function-definition.ts'
import type { ScriptNames } from '../parameters.ts'
import type { SqlType } from '../typing/sql-type.ts'
import type { Typed } from '../typing/typed.ts'

export interface Column {
  readonly name: string
  /** It is there for who names it, and not for `*`. */
  readonly isHidden?: boolean
  /** A table has it: where an array inside of this is NULL, `sql` has an empty one. Fields are read out of this. */
  readonly stored?: string
  readonly sql: string
  readonly type: SqlType
}

/** A table, or what stands for one, in a FROM clause. */
export interface Source {
  readonly name: string | undefined
  readonly columns: readonly Column[]
  /** What the name means itself, where each row is one value. */
  readonly value?: Typed
}

/** What names mean at a place. */
export interface Scope {
  readonly sources: readonly Source[]
  /** What may be named without its table, in the order of `*`. */
  readonly columns: readonly Column[]
  /** Names that come first: what SELECT calls so. */
  readonly aliases?: ReadonlyMap<string, Typed>
  readonly outer: Scope | undefined
  /** SQL of what is true of each row of a query that reads nothing. */
  readonly local?: string
  readonly windows?: ReadonlyMap<string, WindowSpec>
  /** Where aggregate functions may not stand, as messages say it. */
  readonly noAggregates?: string
}

export interface Resolved {
  readonly sql: string
  /** With the names that DuckDB gives them. */
  readonly columns: readonly OutputColumn[]
  /** Each row is its one column. */
  readonly isValue: boolean
  /** Tables that may be named behind it: their columns are among those of the SQL. */
  readonly kept?: readonly KeptSource[]
}

export interface KeptSource {
  readonly name: string
  readonly columns: readonly OutputColumn[]
  /** What the name means itself, where each row of the table is one value. */
  readonly value?: OutputColumn
}

export interface OutputColumn {
  /** What it is called in GoogleSQL; f0_ for one without a name. */
  readonly name: string
  readonly sqlName: string
  readonly type: SqlType
  readonly isHidden?: boolean
  readonly isStored?: boolean
  /** It is made of others: DuckDB's SQL for it. @param alias what their table is called */
  readonly made?: (alias: string) => string
}

/** What resolving needs everywhere; its parts hold one another. */
export interface Context {
  readonly text: string
  /** The values of `@name` and `?`. */
  readonly parameters: {
    valueOf(name: string | undefined): Typed
    readonly script: ScriptNames | undefined
  }
  expression(node: Expression, scope: Scope): Typed
  call(node: Call, scope: Scope): Typed
  /** Functions that somebody made, inside of whose body this place is. */
  readonly running: Set<string>
  /** The function of a dataset that is called so. */
  routine(path: readonly string[]): FunctionDefinition | undefined
  query(query: Query, outer: Scope | undefined, isOutermost?: boolean): Resolved
  /** The FROM clause as SQL, and what it lets be named. */
  from(node: From, outer: Scope | undefined): { readonly sql: string; readonly scope: Scope }
  /** A name that nothing else has. */
  unique(): string
  /** @throws BigQueryError invalidQuery with the place */
  fail(message: string, at: number): never
}

export const NOTHING: Scope = { sources: [], columns: [], outer: undefined }
