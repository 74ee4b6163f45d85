import type { Literal } from '../tree/tree.ts'
import type { FloatArithmetic } from '../duck/float-arithmetic.ts'
import type { SqlType } from './sql-type.ts'

/** A value: DuckDB's SQL for it, and its type in GoogleSQL. */
export interface Typed {
  readonly sql: string
  readonly type: SqlType
  /** It is written as a literal: such a one takes the type that is wanted. */
  readonly literal?: Literal | { readonly type: string; readonly text?: undefined }
  /** What a struct or an array is made of where it is written there: each takes the type that is wanted. */
  readonly parts?: readonly Typed[]
  /** It is arithmetic of FLOAT64: what more is reckoned with it is looked at as a whole. */
  readonly floats?: FloatArithmetic
  /** The part of an INTERVAL that is written with one. */
  readonly part?: string
}
