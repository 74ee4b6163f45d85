import type { Typed } from '../typing/typed.ts'
import type { SqlType } from '../typing/sql-type.ts'

/** An aggregate in DuckDB: what is called, and what is made of its result. */
export interface Aggregate {
  /** Without brackets' end: options follow the arguments. */
  readonly name: string
  readonly args: readonly string[]
  readonly type: SqlType
  readonly wrap?: (sql: string, ...besides: readonly string[]) => string
  /** Other aggregates of the same rows that `wrap` needs. */
  readonly besides?: readonly { readonly name: string; readonly args: readonly string[] }[]
  /** SQL of a condition for the rows that count. */
  readonly only?: string
}

/** @param respectsNulls RESPECT NULLS is written */
export type Rule = (args: readonly Typed[], respectsNulls?: boolean) => Aggregate | undefined
