import { notImplemented } from '../../bigquery/errors.ts'
import { readTablePath } from '../table-path.ts'
import { firstWord, groupTokens, isSymbol, isWord, tokenize, type Node } from '../tokens.ts'

/** `DROP TABLE t`, `DROP EXTERNAL TABLE t`, `DROP SNAPSHOT TABLE t`, `DROP VIEW v`, `DROP MATERIALIZED VIEW v`, `TRUNCATE TABLE t`. */
export interface DropStatement {
  readonly type:
    | 'DROP_TABLE'
    | 'DROP_EXTERNAL_TABLE'
    | 'DROP_VIEW'
    | 'DROP_MATERIALIZED_VIEW'
    | 'DROP_SNAPSHOT_TABLE'
    | 'TRUNCATE_TABLE'
  readonly path: readonly string[]
  readonly ifExists: boolean
}

/** The statement, or undefined where the text is another one. @throws BigQueryError for what else may be dropped */
export function parseDropStatement(sql: string): DropStatement | undefined {
  const word = firstWord(sql)
  if (word !== 'DROP' && word !== 'TRUNCATE') return undefined
  const tokens = tokenize(sql)
  while (isSymbol(tokens.at(-1), ';')) tokens.pop()
  const words = groupTokens(tokens)
  const isDrop = isWord(words[0], 'DROP')
  const isExternal = isDrop && isWord(words[1], 'EXTERNAL') && isWord(words[2], 'TABLE')
  const isMaterialized = isDrop && isWord(words[1], 'MATERIALIZED') && isWord(words[2], 'VIEW')
  const isSnapshot = isDrop && isWord(words[1], 'SNAPSHOT') && isWord(words[2], 'TABLE')
  const nodes = isExternal || isMaterialized || isSnapshot ? words.toSpliced(1, 1) : words
  const what = isWord(nodes[1], 'TABLE') ? 'TABLE' : isDrop && isWord(nodes[1], 'VIEW') ? 'VIEW' : undefined
  if (what === undefined) throw notImplemented(`${word} ${nameOf(nodes[1])}`)
  const ifExists = isDrop && isWord(nodes[2], 'IF') && isWord(nodes[3], 'EXISTS')
  const { parts: path, next } = readTablePath(nodes, ifExists ? 4 : 2)
  if (next < nodes.length) throw notImplemented(`${word} ${what} … ${nameOf(nodes[next])}`)
  if (isMaterialized) return { type: 'DROP_MATERIALIZED_VIEW', path, ifExists }
  if (isSnapshot) return { type: 'DROP_SNAPSHOT_TABLE', path, ifExists }
  const type = isExternal ? 'DROP_EXTERNAL_TABLE' : isDrop ? (`DROP_${what}` as const) : 'TRUNCATE_TABLE'
  return { type, path, ifExists }
}

const nameOf = (node: Node | undefined): string =>
  node === undefined ? 'of nothing' : node.kind === 'group' ? '(' : node.text
