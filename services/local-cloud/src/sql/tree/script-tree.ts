import type { FunctionDefinition } from './function-definition.ts'
import type { TypeName } from './tree.ts'

/** Where a statement stands, from and up to which character of the script. */
export interface Place {
  readonly from: number
  readonly to: number
}

/** A statement of a script. Values and SQL are texts: each is resolved when it is its turn. */
export type ScriptStatement =
  | { readonly kind: 'sql'; readonly text: string; readonly place: Place }
  | {
      readonly kind: 'declare'
      readonly names: readonly string[]
      readonly type: TypeName | undefined
      readonly value: string | undefined
    }
  | {
      readonly kind: 'set'
      readonly names: readonly string[]
      readonly value: string
      /** The names stand in brackets: the value is a struct of theirs. */
      readonly isStruct: boolean
    }
  | { readonly kind: 'if'; readonly branches: readonly Branch[]; readonly otherwise: Block }
  | (Labelled & {
      readonly kind: 'loop'
      readonly before: string | undefined
      readonly until: string | undefined
      readonly body: Block
    })
  | (Labelled & { readonly kind: 'for'; readonly name: string; readonly query: string; readonly body: Block })
  | Jump
  | (Labelled & { readonly kind: 'begin'; readonly body: Block; readonly handler: Block | undefined })
  | {
      readonly kind: 'execute'
      readonly place: Place
      readonly sql: string
      readonly into: readonly string[]
      readonly using: readonly { readonly value: string; readonly name: string | undefined }[]
    }
  | {
      readonly kind: 'function'
      readonly name: string
      readonly replaces: boolean
      readonly made: FunctionDefinition
    }
  | {
      readonly kind: 'call'
      readonly place: Place
      readonly path: readonly string[]
      readonly args: readonly CallArgument[]
    }
  | { readonly kind: 'raise'; readonly message: string | undefined }
  | { readonly kind: 'transaction'; readonly action: 'BEGIN' | 'COMMIT' | 'ROLLBACK' }
  /** Of the session that it is in, or of that one. */
  | { readonly kind: 'abort'; readonly session: string | undefined }
  | { readonly kind: 'assert'; readonly condition: string; readonly message: string | undefined }

export interface Labelled {
  /** In lower case. */
  readonly label: string | undefined
}

/** Out of a loop or block: of that which is called so, of the loop around it where none is named. */
export interface Jump extends Labelled {
  readonly kind: 'break' | 'continue' | 'return'
}

export type Block = readonly ScriptStatement[]

export interface Branch {
  readonly condition: string
  readonly body: Block
}

export interface CallArgument {
  readonly value: string
  /** Where it is the name of a variable alone, which an OUT argument needs. */
  readonly name: string | undefined
}
