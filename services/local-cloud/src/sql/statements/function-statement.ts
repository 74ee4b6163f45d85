import { notImplemented } from '../../bigquery/errors.ts'
import { Cursor } from '../tree/cursor.ts'
import { parseExpression } from '../tree/expressions.ts'
import { parseTablePath } from '../tree/from.ts'
import { parseFunctionDefinition, type FunctionDefinition } from '../tree/function-definition.ts'
import { parsePipedQuery } from '../tree/pipes.ts'
import { parseProcedure, type Procedure } from '../tree/script.ts'
import { parseTableFunction, type TableFunctionDefinition } from '../tree/table-function.ts'

export type FunctionStatement = CreateRoutine | DropRoutine

interface Creates {
  readonly path: readonly string[]
  readonly orReplace: boolean
  readonly ifNotExists: boolean
}

type CreateRoutine = Creates &
  (
    | {
        readonly type: 'CREATE_FUNCTION'
        readonly made: FunctionDefinition
        readonly description: string | undefined
      }
    | { readonly type: 'CREATE_TABLE_FUNCTION'; readonly made: TableFunctionDefinition }
    | { readonly type: 'CREATE_PROCEDURE'; readonly made: Procedure }
  )

interface DropRoutine {
  readonly type: 'DROP_FUNCTION' | 'DROP_TABLE_FUNCTION' | 'DROP_PROCEDURE'
  readonly path: readonly string[]
  readonly ifExists: boolean
}

/** The statement, or undefined where the text is another one. @throws BigQueryError invalidQuery, notImplemented */
export function parseFunctionStatement(sql: string): FunctionStatement | undefined {
  const cursor = new Cursor(sql, { expression: parseExpression, query: parsePipedQuery })
  for (const words of [['FUNCTION'], ['TABLE', 'FUNCTION'], ['PROCEDURE']])
    if (cursor.skip('DROP', ...words)) {
      const ifExists = cursor.skip('IF', 'EXISTS')
      const path = parseTablePath(cursor)
      end(cursor)
      return { type: `DROP_${words.join('_')}` as DropRoutine['type'], path, ifExists }
    }
  const procedure = parseProcedure(sql)
  if (procedure) return { type: 'CREATE_PROCEDURE', ...procedure, made: procedure }
  if (!cursor.skip('CREATE')) return undefined
  const orReplace = cursor.skip('OR', 'REPLACE')
  if (cursor.comes('AGGREGATE', 'FUNCTION')) throw notImplemented('CREATE AGGREGATE FUNCTION')
  const isTable = cursor.skip('TABLE', 'FUNCTION')
  if (!isTable && !cursor.skip('FUNCTION')) return undefined
  const ifNotExists = cursor.skip('IF', 'NOT', 'EXISTS')
  const path = parseTablePath(cursor)
  const creates = { path, orReplace, ifNotExists }
  if (isTable) {
    const made = parseTableFunction(cursor)
    end(cursor)
    return { type: 'CREATE_TABLE_FUNCTION', ...creates, made }
  }
  const made = parseFunctionDefinition(cursor)
  const description = cursor.skip('OPTIONS') ? parseDescription(cursor) : undefined
  end(cursor)
  return { type: 'CREATE_FUNCTION', ...creates, made, description }
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
