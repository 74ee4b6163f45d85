import { notImplemented } from '../../bigquery/errors.ts'
import type { Cursor } from './cursor.ts'
import { parseParameters, type FunctionDefinition } from './function-definition.ts'
import type { TypeName } from './tree.ts'
import { readType } from './types.ts'

/** A function in SQL that gives a table. */
export interface TableFunctionDefinition extends Pick<FunctionDefinition, 'parameters'> {
  /** Undefined: what the body gives. */
  readonly columns: readonly { readonly name: string; readonly type: TypeName }[] | undefined
  /** A query. */
  readonly body: string
}

/** `(a INT64) [RETURNS TABLE<b INT64>] AS SELECT …`, which follows the name. @throws BigQueryError invalidQuery, notImplemented */
export function parseTableFunction(cursor: Cursor): TableFunctionDefinition {
  const parameters = parseParameters(cursor)
  const columns = cursor.skip('RETURNS') ? parseColumns(cursor) : undefined
  if (cursor.isWord('OPTIONS')) throw notImplemented('OPTIONS of a table function')
  cursor.expect('AS')
  const from = cursor.at
  cursor.query()
  return { parameters, columns, body: cursor.sql.slice(from, cursor.at).trim() }
}

/** `TABLE<a INT64, b STRING>` */
function parseColumns(cursor: Cursor): { name: string; type: TypeName }[] {
  cursor.expect('TABLE')
  cursor.expectSymbol('<')
  const half = { open: false }
  const columns = cursor.list(() => ({ name: cursor.name(), type: readType(cursor, half) }))
  cursor.closeType(half)
  return columns
}
