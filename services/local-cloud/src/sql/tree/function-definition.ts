import { notImplemented } from '../../bigquery/errors.ts'
import type { Cursor } from './cursor.ts'
import type { TypeName } from './tree.ts'
import { parseType } from './types.ts'

/** A function in SQL. */
export interface FunctionDefinition {
  /** Undefined for ANY TYPE. */
  readonly parameters: readonly { readonly name: string; readonly type: TypeName | undefined }[]
  /** Undefined: what the body gives. */
  readonly returns: TypeName | undefined
  /** An expression. */
  readonly body: string
}

/** `(a INT64) [RETURNS INT64] AS (a + 1)`, which follows the name of a function. @throws BigQueryError invalidQuery, notImplemented */
export function parseFunctionDefinition(cursor: Cursor): FunctionDefinition {
  const parameters = parseParameters(cursor)
  const returns = cursor.skip('RETURNS') ? parseType(cursor) : undefined
  if (cursor.isWord('LANGUAGE', 'DETERMINISTIC', 'NOT'))
    throw notImplemented('functions in another language than SQL')
  if (cursor.isWord('REMOTE')) throw notImplemented('remote functions')
  cursor.expect('AS')
  const from = cursor.at + 1
  let to = from
  cursor.inBrackets(() => {
    if (cursor.isWord('SELECT', 'WITH')) throw cursor.unexpected('an expression')
    cursor.expression()
    to = cursor.at
  })
  return { parameters, returns, body: cursor.sql.slice(from, to).trim() }
}

/** `(a INT64, b ANY TYPE)` */
export function parseParameters(cursor: Cursor): FunctionDefinition['parameters'] {
  return cursor.inBrackets(() => {
    if (cursor.isSymbol(')')) return []
    return cursor.list(() => {
      const name = cursor.name()
      if (cursor.isWord('TABLE')) throw notImplemented('a table as an argument of a function')
      return { name, type: cursor.skip('ANY', 'TYPE') ? undefined : parseType(cursor) }
    })
  })
}
