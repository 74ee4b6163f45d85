/** A type as it is written. */
export interface TypeName {
  /** In upper case; ARRAY and STRUCT have more below. */
  readonly name: string
  readonly element?: TypeName
  readonly fields?: readonly { readonly name: string | undefined; readonly type: TypeName }[]
}

interface Placed {
  /** Where it begins in the text. */
  readonly at: number
}

export type Literal = Placed & {
  readonly kind: 'literal'
  readonly type: 'INT64' | 'FLOAT64' | 'STRING' | 'BYTES' | 'BOOL' | 'NULL'
  readonly text: string
}

export interface OrderItem {
  readonly of: Expression
  readonly descending: boolean
  readonly nulls: 'FIRST' | 'LAST' | undefined
}

export interface WindowSpec {
  readonly base: string | undefined
  readonly partitionBy: readonly Expression[]
  readonly orderBy: readonly OrderItem[]
  readonly frame: Frame | undefined
}

export interface Frame {
  readonly unit: 'ROWS' | 'RANGE'
  readonly from: FrameEnd
  readonly to: FrameEnd | undefined
}

export type FrameEnd = string | { readonly offset: Expression; readonly side: 'PRECEDING' | 'FOLLOWING' }

export type Call = Placed & {
  readonly kind: 'call'
  /** In upper case, with dots. */
  readonly name: string
  /** As it is written. */
  readonly path: readonly string[]
  readonly safe: boolean
  readonly args: readonly Expression[]
  readonly distinct: boolean
  readonly nulls: 'IGNORE' | 'RESPECT' | undefined
  readonly having: { readonly most: 'MAX' | 'MIN'; readonly of: Expression } | undefined
  readonly orderBy: readonly OrderItem[]
  readonly limit: Expression | undefined
  readonly over: WindowSpec | undefined
}

export type Path = Placed & { readonly kind: 'path'; readonly names: readonly string[] }
export type Interval = Placed & {
  readonly kind: 'interval'
  readonly amount: Expression
  readonly part: string
  /** Its last part, where it has several. */
  readonly to: string | undefined
}

export type Expression =
  | Literal
  | Path
  | Call
  | Interval
  | (Placed &
      (
        | {
            readonly kind: 'typed'
            readonly type: string
            /** Of a RANGE. */
            readonly element?: TypeName
            readonly text: string
          }
        | { readonly kind: 'parameter'; readonly name: string }
        | { readonly kind: 'star' }
        | { readonly kind: 'named'; readonly name: string; readonly of: Expression }
        | { readonly kind: 'field'; readonly of: Expression; readonly name: string }
        | {
            readonly kind: 'index'
            readonly of: Expression
            readonly how: string
            readonly place: Expression
          }
        | { readonly kind: 'unary'; readonly operator: string; readonly of: Expression }
        | {
            readonly kind: 'binary'
            readonly operator: string
            readonly left: Expression
            readonly right: Expression
          }
        | {
            readonly kind: 'between'
            readonly of: Expression
            readonly low: Expression
            readonly high: Expression
            readonly not: boolean
          }
        | {
            readonly kind: 'in'
            readonly of: Expression
            readonly list: readonly Expression[]
            readonly query: Query | undefined
            readonly array: Expression | undefined
            readonly not: boolean
          }
        | {
            /** LIKE ANY, SOME or ALL of the items of an array. */
            readonly kind: 'patterns'
            readonly left: Expression
            readonly array: Expression
            readonly isAll: boolean
            readonly not: boolean
          }
        | {
            readonly kind: 'is'
            readonly of: Expression
            readonly what: 'NULL' | 'TRUE' | 'FALSE'
            readonly not: boolean
          }
        | {
            readonly kind: 'distinct'
            readonly left: Expression
            readonly right: Expression
            readonly not: boolean
          }
        | {
            readonly kind: 'case'
            readonly of: Expression | undefined
            readonly whens: readonly { readonly when: Expression; readonly result: Expression }[]
            readonly otherwise: Expression | undefined
          }
        | {
            readonly kind: 'cast'
            readonly of: Expression
            readonly type: TypeName
            readonly safe: boolean
            readonly format?: Expression
            readonly zone?: Expression
          }
        | {
            readonly kind: 'extract'
            readonly part: string
            readonly of: Expression
            readonly zone: Expression | undefined
          }
        | {
            readonly kind: 'struct'
            readonly type: TypeName | undefined
            /** `(a, b)`, whose fields have no names. */
            readonly isTuple?: true
            readonly fields: readonly { readonly name: string | undefined; readonly of: Expression }[]
          }
        | {
            readonly kind: 'array'
            readonly element: TypeName | undefined
            readonly items: readonly Expression[]
          }
        | { readonly kind: 'subquery'; readonly how: 'VALUE' | 'ARRAY' | 'EXISTS'; readonly query: Query }
      ))

export interface Query extends Placed {
  readonly recursive: boolean
  readonly with: readonly { readonly name: string; readonly query: Query }[]
  readonly body: Body
  readonly orderBy: readonly OrderItem[]
  readonly limit: Expression | undefined
  readonly offset: Expression | undefined
}

export type Body =
  | Select
  | { readonly kind: 'query'; readonly query: Query }
  | {
      readonly kind: 'set'
      readonly operator: 'UNION' | 'INTERSECT' | 'EXCEPT'
      readonly all: boolean
      /** Columns are matched by their names. */
      readonly byName?: ByName | undefined
      readonly left: Body
      readonly right: Body
      readonly at: number
    }

export interface ByName {
  /** Which columns come out: both sides have the same, those of both, those of any, those of the left side. */
  readonly mode: 'STRICT' | 'INNER' | 'FULL' | 'LEFT'
  /** Those that are listed, in their order. */
  readonly columns: readonly string[] | undefined
}

export type SelectItem = Placed &
  (
    | { readonly kind: 'item'; readonly of: Expression; readonly alias: string | undefined }
    | {
        readonly kind: 'stars'
        readonly of: Expression | undefined
        readonly except: readonly string[]
        readonly replace: readonly { readonly name: string; readonly of: Expression }[]
        readonly rename?: readonly { readonly name: string; readonly to: string }[]
      }
  )

export interface Select extends Placed {
  readonly kind: 'select'
  /** Of pipe operators that change columns, and no more: the names of tables stay. */
  readonly keeps?: true
  /** The columns of these tables come out, too, for what stands behind. */
  readonly gives?: true
  readonly distinct: boolean
  readonly as: 'STRUCT' | 'VALUE' | undefined
  readonly items: readonly SelectItem[]
  readonly from: From | undefined
  readonly where: Expression | undefined
  readonly groupBy: readonly Expression[]
  /** GROUP BY ALL: by what SELECT gives without an aggregate. */
  readonly groupAll: boolean
  /** Of ROLLUP, CUBE and GROUPING SETS: places in `groupBy`, set by set. */
  readonly groupingSets: readonly (readonly number[])[] | undefined
  readonly having: Expression | undefined
  readonly qualify: Expression | undefined
  readonly windows: readonly { readonly name: string; readonly window: WindowSpec }[]
}

export interface Pivot extends Placed {
  readonly kind: 'pivot'
  readonly aggregates: readonly { readonly of: Expression; readonly alias: string | undefined }[]
  readonly column: Expression
  readonly values: readonly { readonly of: Expression; readonly alias: string | undefined }[]
  readonly alias: string | undefined
}

export interface Unpivot extends Placed {
  readonly kind: 'unpivot'
  readonly values: readonly string[]
  readonly name: string
  readonly sets: readonly { readonly columns: readonly string[]; readonly label: Expression | undefined }[]
  readonly withNulls: boolean
  readonly alias: string | undefined
}

/** What a function that gives a table is called with: a value or a table, by its name (in upper case) or by its place. */
export interface TableArgument extends Placed {
  readonly name: string | undefined
  readonly of: Expression | undefined
  readonly table: From | undefined
}

export type From = Placed &
  (
    | {
        readonly kind: 'table'
        readonly path: readonly string[]
        readonly alias: string | undefined
        /** Of an array: what WITH OFFSET calls the place of an element. */
        readonly place?: string
        /** Of TABLESAMPLE: how much of its blocks is read. */
        readonly percent?: Expression
        /** FOR SYSTEM_TIME AS OF, in milliseconds since 1970. */
        readonly asOf?: number
      }
    | {
        readonly kind: 'query'
        readonly query: Query
        readonly alias: string | undefined
        /** The tables of the query may be named by what stands behind. */
        readonly keeps?: true
      }
    /** A function that gives a table. */
    | {
        readonly kind: 'function'
        readonly path: readonly string[]
        readonly args: readonly TableArgument[]
        readonly alias: string | undefined
      }
    | { readonly kind: 'turned'; readonly of: From; readonly by: Pivot | Unpivot }
    | {
        readonly kind: 'unnest'
        readonly of: Expression
        readonly alias: string | undefined
        readonly place: string | undefined
      }
    | {
        readonly kind: 'join'
        readonly how: 'INNER' | 'LEFT' | 'RIGHT' | 'FULL' | 'CROSS'
        readonly left: From
        readonly right: From
        readonly on: Expression | undefined
        readonly using: readonly string[]
      }
  )

export type Statement =
  | { readonly kind: 'SELECT'; readonly query: Query }
  | {
      readonly kind: 'INSERT'
      readonly target: Target
      readonly columns: readonly string[] | undefined
      readonly rows: readonly (readonly (Expression | undefined)[])[]
      readonly query: Query | undefined
    }
  | {
      readonly kind: 'UPDATE'
      readonly target: Target
      readonly sets: readonly Assignment[]
      readonly from: From | undefined
      readonly where: Expression
    }
  | { readonly kind: 'DELETE'; readonly target: Target; readonly where: Expression }
  | Merge

export interface Merge {
  readonly kind: 'MERGE'
  readonly target: Target
  readonly using: From
  readonly on: Expression
  readonly clauses: readonly MergeClause[]
}

export interface MergeClause extends Placed {
  /** Rows of both, of the source alone, of the target alone. */
  readonly when: 'MATCHED' | 'NOT MATCHED' | 'NOT MATCHED BY SOURCE'
  readonly and: Expression | undefined
  readonly action: MergeAction
}

export type MergeAction =
  | { readonly kind: 'DELETE' }
  | { readonly kind: 'UPDATE'; readonly sets: readonly Assignment[] }
  | {
      readonly kind: 'INSERT'
      readonly columns: readonly string[] | undefined
      readonly row: readonly (Expression | undefined)[] | undefined
    }

/** `path = value`; undefined for DEFAULT. */
export interface Assignment {
  readonly path: Path
  readonly to: Expression | undefined
}

export interface Target extends Placed {
  readonly path: readonly string[]
  readonly alias: string | undefined
}
