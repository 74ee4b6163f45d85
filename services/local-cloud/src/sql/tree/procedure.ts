import { notImplemented } from '../../bigquery/errors.ts'
import type { Cursor } from './cursor.ts'
import { parseTablePath } from './from.ts'
import type { TypeName } from './tree.ts'
import { parseType } from './types.ts'

export type ArgumentMode = 'IN' | 'OUT' | 'INOUT'

export interface ProcedureArgument {
  readonly name: string
  readonly mode: ArgumentMode
  /** Undefined for ANY TYPE. */
  readonly type: TypeName | undefined
}

/** What stands before the statements of a procedure. */
export interface ProcedureHead {
  readonly path: readonly string[]
  readonly orReplace: boolean
  readonly ifNotExists: boolean
  readonly arguments: readonly ProcedureArgument[]
  readonly description: string | undefined
  readonly isStrict: boolean | undefined
}

/** `CREATE PROCEDURE d.p(IN a INT64, OUT b STRING) OPTIONS (strict_mode = FALSE)`; undefined where another statement comes. */
export function parseProcedureHead(cursor: Cursor): ProcedureHead | undefined {
  const orReplace = cursor.skip('CREATE', 'OR', 'REPLACE', 'PROCEDURE')
  if (!orReplace && !cursor.skip('CREATE', 'PROCEDURE')) return undefined
  const ifNotExists = cursor.skip('IF', 'NOT', 'EXISTS')
  const path = parseTablePath(cursor)
  const args = cursor.inBrackets(() => (cursor.isSymbol(')') ? [] : cursor.list(() => parseArgument(cursor))))
  if (cursor.isWord('EXTERNAL', 'WITH', 'LANGUAGE'))
    throw notImplemented('procedures in another language than SQL')
  const options = cursor.skip('OPTIONS') ? parseOptions(cursor) : {}
  return {
    path,
    orReplace,
    ifNotExists,
    arguments: args,
    description: undefined,
    isStrict: undefined,
    ...options,
  }
}

function parseArgument(cursor: Cursor): ProcedureArgument {
  // IN is a reserved word, OUT and INOUT are names: one alone is that of the argument
  const isNext = (word: ArgumentMode) =>
    cursor.isWord(word) && cursor.peek(2) !== undefined && !isTypeEnd(cursor)
  const mode = (['IN', 'OUT', 'INOUT'] as const).find((word) => isNext(word) && cursor.skip(word)) ?? 'IN'
  const name = cursor.name()
  return { name, mode, type: cursor.skip('ANY', 'TYPE') ? undefined : parseType(cursor) }
}

/** Whether two words are an argument: `out INT64,` */
const isTypeEnd = (cursor: Cursor): boolean =>
  ([',', ')', '<', '('] as const).some((symbol) => cursor.isSymbol(symbol, 2))

function parseOptions(cursor: Cursor): Partial<Pick<ProcedureHead, 'description' | 'isStrict'>> {
  const list = cursor.inBrackets(() =>
    cursor.list(() => {
      const option = cursor.name().toLowerCase()
      cursor.expectSymbol('=')
      const { kind, text, upper } = cursor.take()
      if (option === 'description' && kind === 'text') return { description: text }
      if (option === 'strict_mode' && (upper === 'TRUE' || upper === 'FALSE'))
        return { isStrict: upper === 'TRUE' }
      throw notImplemented(`the option ${option} of a procedure`)
    }),
  )
  return Object.assign({}, ...list) as Partial<Pick<ProcedureHead, 'description' | 'isStrict'>>
}
