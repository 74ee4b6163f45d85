import { notImplemented } from '../../bigquery/errors.ts'
import { Cursor } from '../tree/cursor.ts'
import { parseExpression } from '../tree/expressions.ts'
import { parseTablePath } from '../tree/from.ts'
import { parseFunctionDefinition, type FunctionDefinition } from '../tree/function-definition.ts'
import { parsePipedQuery } from '../tree/pipes.ts'

export type FunctionStatement = CreateFunction | DropFunction

interface CreateFunction {
  readonly type: 'CREATE_FUNCTION'
  readonly path: readonly string[]
  readonly orReplace: boolean
  readonly ifNotExists: boolean
  readonly made: FunctionDefinition
  readonly description: string | undefined
}

interface DropFunction {
  readonly type: 'DROP_FUNCTION'
  readonly path: readonly string[]
  readonly ifExists: boolean
}

/** The statement, or undefined where the text is another one. @throws BigQueryError invalidQuery, notImplemented */
export function parseFunctionStatement(sql: string): FunctionStatement | undefined {
  const cursor = new Cursor(sql, { expression: parseExpression, query: parsePipedQuery })
  if (cursor.skip('DROP', 'FUNCTION')) {
    const ifExists = cursor.skip('IF', 'EXISTS')
    const path = parseTablePath(cursor)
    end(cursor)
    return { type: 'DROP_FUNCTION', path, ifExists }
  }
  if (!cursor.skip('CREATE')) return undefined
  const orReplace = cursor.skip('OR', 'REPLACE')
  if (cursor.comes('AGGREGATE', 'FUNCTION')) throw notImplemented('CREATE AGGREGATE FUNCTION')
  if (!cursor.skip('FUNCTION')) return undefined
  const ifNotExists = cursor.skip('IF', 'NOT', 'EXISTS')
  const path = parseTablePath(cursor)
  const made = parseFunctionDefinition(cursor)
  const description = cursor.skip('OPTIONS') ? parseDescription(cursor) : undefined
  end(cursor)
  return { type: 'CREATE_FUNCTION', path, orReplace, ifNotExists, made, description }
}

function parseDescription(cursor: Cursor): string {
  return cursor.inBrackets(() => {
    if (!cursor.skip('DESCRIPTION')) throw notImplemented(`the option ${cursor.peek()?.text} of a function`)
    cursor.expectSymbol('=')
    const { kind, text } = cursor.take()
    if (kind !== 'text') throw cursor.unexpected('a text')
    return text
  })
}

function end(cursor: Cursor): void {
  while (cursor.skipSymbol(';'));
  if (cursor.peek()) throw cursor.unexpected()
}
