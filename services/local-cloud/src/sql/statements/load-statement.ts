import { BigQueryError, notImplemented } from '../../bigquery/errors.ts'
import { tableBody } from './create-statement.ts'
import { readSource } from './external-statement.ts'
import { readTablePath } from '../table-path.ts'
import { firstWord, groupTokens, isGroup, isSymbol, isWord, tokenize } from '../tokens.ts'

/** `LOAD DATA INTO t (columns) FROM FILES (format = 'CSV', uris = ['gs://…'])`, as a load job has it. */
export interface LoadStatement {
  readonly type: 'LOAD_DATA'
  readonly path: readonly string[]
  readonly spec: Readonly<Record<string, unknown>>
}

/** What a load job takes of the table that it makes. */
const SETTINGS = new Set(['schema', 'timePartitioning', 'rangePartitioning', 'clustering'])

/** The statement, or undefined where the text is another one. @throws BigQueryError for a LOAD DATA that is not supported */
export function parseLoadStatement(sql: string): LoadStatement | undefined {
  if (firstWord(sql) !== 'LOAD') return undefined
  const tokens = tokenize(sql)
  while (isSymbol(tokens.at(-1), ';')) tokens.pop()
  const nodes = groupTokens(tokens)
  if (!isWord(nodes[1], 'DATA')) return undefined
  if (!isWord(nodes[2], 'INTO', 'OVERWRITE'))
    throw new BigQueryError('invalidQuery', 'Syntax error: Expected keyword INTO or OVERWRITE')
  if (isWord(nodes[3], 'TEMP', 'TEMPORARY')) throw notImplemented('LOAD DATA into a temporary table')
  const { parts: path, next } = readTablePath(nodes, 3)
  const from = nodes.findIndex((node, index) => index >= next && isWord(node, 'FROM'))
  const group = nodes[from + 2]
  if (from < 0 || !isWord(nodes[from + 1], 'FILES') || !isGroup(group, '('))
    throw new BigQueryError('invalidQuery', 'Syntax error: Expected FROM FILES (…)')
  if (nodes.length > from + 3) throw notImplemented('LOAD DATA with more behind FROM FILES')
  const { source, others } = readSource(group.nodes, 'LOAD DATA')
  if (others.length > 0) throw notImplemented('another option of FROM FILES')
  const body = tableBody(nodes.slice(next, from), true)
  const other = Object.keys(body).find((key) => !SETTINGS.has(key))
  if (other !== undefined) throw notImplemented(`${other} of LOAD DATA`)
  return {
    type: 'LOAD_DATA',
    path,
    spec: {
      autodetect: body['schema'] === undefined,
      ...source,
      ...body,
      writeDisposition: isWord(nodes[2], 'INTO') ? 'WRITE_APPEND' : 'WRITE_TRUNCATE',
    },
  }
}
