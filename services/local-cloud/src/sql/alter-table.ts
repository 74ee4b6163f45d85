import type { ColumnType } from '../bigquery/column-type.ts'
import { BigQueryError, notImplemented } from '../bigquery/errors.ts'
import { readTablePath } from './table-path.ts'
import { groupTokens, isSymbol, isWord, tokenize, type Node } from './tokens.ts'
import { readFieldType } from './types.ts'

/** `ALTER TABLE t ALTER COLUMN c SET DATA TYPE type, …`: the one change of a schema that the API cannot make. */
export interface AlterTable {
  readonly path: readonly string[]
  readonly columns: readonly ColumnType[]
}

/** The statement, or undefined where the text is another one. @throws BigQueryError for any other ALTER */
export function parseAlterTable(sql: string): AlterTable | undefined {
  const tokens = tokenize(sql)
  if (!isWord(tokens[0], 'ALTER')) return undefined
  while (isSymbol(tokens.at(-1), ';')) tokens.pop()
  const nodes = groupTokens(tokens)
  if (!isWord(nodes[1], 'TABLE')) throw notImplemented('ALTER of anything but a table')
  const { parts, next } = readTablePath(nodes, 2)
  return { path: parts, columns: splitActions(nodes.slice(next)).map(readAction) }
}

/** Commas inside the brackets of a type belong to the type. */
function splitActions(nodes: readonly Node[]): readonly Node[][] {
  const actions: Node[][] = [[]]
  let depth = 0
  for (const node of nodes) {
    if (isSymbol(node, '<')) depth++
    else if (isSymbol(node, '>')) depth--
    else if (isSymbol(node, '>>')) depth -= 2
    if (depth === 0 && isSymbol(node, ',')) actions.push([])
    else actions.at(-1)!.push(node)
  }
  return actions
}

function readAction(nodes: readonly Node[]): ColumnType {
  const [alter, column, name, set, data, type, ...rest] = nodes
  const known = isWord(alter, 'ALTER') && isWord(column, 'COLUMN') && isWord(set, 'SET')
  if (!known || !isWord(data, 'DATA') || !isWord(type, 'TYPE')) {
    throw notImplemented('ALTER TABLE with another action than ALTER COLUMN … SET DATA TYPE')
  }
  if (name?.kind !== 'word' && name?.kind !== 'quoted') {
    throw new BigQueryError('invalidQuery', 'Syntax error: a column name was expected')
  }
  return { name: name.text, type: readFieldType(rest) }
}
