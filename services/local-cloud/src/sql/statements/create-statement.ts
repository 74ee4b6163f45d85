import { BigQueryError, notImplemented } from '../../bigquery/errors.ts'
import { readColumnDefinitions } from './column-definitions.ts'
import { readOptions } from './options.ts'
import { externalBody } from './external-statement.ts'
import { partitionBy } from './partition-by.ts'
import { readTablePath } from '../table-path.ts'
import {
  firstWord,
  groupTokens,
  isGroup,
  isSymbol,
  isWord,
  splitByComma,
  tokenize,
  type Node,
  type Token,
} from '../tokens.ts'

/** `CREATE TABLE t (columns) …`, of files, or `CREATE VIEW v AS query`, as the body that tables.insert takes for the same. */
export interface CreateStatement {
  readonly type:
    | 'CREATE_TABLE'
    | 'CREATE_TABLE_AS_SELECT'
    | 'CREATE_VIEW'
    | 'CREATE_MATERIALIZED_VIEW'
    | 'CREATE_EXTERNAL_TABLE'
    | 'CREATE_SNAPSHOT_TABLE'
  readonly path: readonly string[]
  readonly ifNotExists: boolean
  readonly orReplace: boolean
  /** For the script alone in which it stands. */
  readonly isTemporary: boolean
  readonly body: Readonly<Record<string, unknown>>
  /** Whose rows the table gets. */
  readonly query?: string
  /** A table whose settings it has, and with COPY and CLONE whose rows, too. */
  readonly source?: {
    readonly how: SourceWord
    readonly path: readonly string[]
    /** FOR SYSTEM_TIME AS OF, in milliseconds since 1970. */
    readonly asOf?: number
  }
}

const SOURCE_WORDS = ['LIKE', 'COPY', 'CLONE'] as const
type SourceWord = (typeof SOURCE_WORDS)[number]

/** The statement, or undefined where the text is another one. @throws BigQueryError for a CREATE that is not supported */
export function parseCreateStatement(sql: string): CreateStatement | undefined {
  if (firstWord(sql) !== 'CREATE') return undefined
  const nodes = groupTokens(withoutEnd(tokenize(sql)))
  let at = 1
  const skip = (...words: readonly string[]): boolean => {
    if (!words.every((word, index) => isWord(nodes[at + index], word))) return false
    at += words.length
    return true
  }
  const orReplace = skip('OR', 'REPLACE')
  const isTemporary = skip('TEMP') || skip('TEMPORARY')
  const isMaterialized = !isTemporary && skip('MATERIALIZED', 'VIEW')
  const isView = isMaterialized || (!isTemporary && skip('VIEW'))
  const isExternal = !isTemporary && skip('EXTERNAL', 'TABLE')
  const isSnapshot = !isTemporary && !orReplace && skip('SNAPSHOT', 'TABLE')
  if (!isView && !isExternal && !isSnapshot && !skip('TABLE'))
    throw notImplemented(`CREATE ${isTemporary ? 'TEMP ' : ''}${textOf(nodes[at])}`)
  const ifNotExists = skip('IF', 'NOT', 'EXISTS')
  const { parts: path, next } = readTablePath(nodes, at)
  const common = { path, ifNotExists, orReplace, isTemporary }
  if (isExternal) {
    const body = externalBody(nodes.slice(next), tableOptions)
    return { type: 'CREATE_EXTERNAL_TABLE', ...common, body }
  }
  const how = isView ? undefined : SOURCE_WORDS.find((word) => isWord(nodes[next], word))
  if (isSnapshot && how !== 'CLONE')
    throw new BigQueryError('invalidQuery', 'Syntax error: Expected keyword CLONE')
  const from = how && readTablePath(nodes, next + 1)
  const isCopy = how === 'COPY' || how === 'CLONE'
  const asOf = isCopy ? systemTimeOf(nodes.slice(from!.next)) : undefined
  const source = how && { how, path: from!.parts, ...(asOf !== undefined && { asOf }) }
  const behind = (from?.next ?? next) + (asOf === undefined ? 0 : SYSTEM_TIME.length + 1)
  const as = isCopy ? undefined : nodes.slice(behind).find((node): node is Token => isWord(node, 'AS'))
  const between = nodes.slice(behind, as && nodes.indexOf(as))
  const query = as && sql.slice(as.at! + as.text.length).replace(/^\s+|[\s;]+$/g, '')
  if (isMaterialized)
    return { type: 'CREATE_MATERIALIZED_VIEW', ...common, body: materializedBody(between, query) }
  if (isView) return { type: 'CREATE_VIEW', ...common, body: viewBody(between, query) }
  if (isCopy && between.length > 0 && !isWord(between[0], 'OPTIONS'))
    throw notImplemented(`CREATE TABLE ${how} … ${textOf(between[0])}`)
  const body = tableBody(between, query !== undefined || source !== undefined)
  const made = { ...common, body, ...(source && { source }) }
  if (isSnapshot) return { type: 'CREATE_SNAPSHOT_TABLE', ...made }
  return query === undefined
    ? { type: 'CREATE_TABLE', ...made }
    : { type: 'CREATE_TABLE_AS_SELECT', ...made, query }
}

const SYSTEM_TIME = ['FOR', 'SYSTEM_TIME', 'AS', 'OF']

/** `FOR SYSTEM_TIME AS OF 1764500000000` */
function systemTimeOf(nodes: readonly Node[]): number | undefined {
  if (!SYSTEM_TIME.every((word, index) => isWord(nodes[index], word))) return undefined
  const node = nodes[SYSTEM_TIME.length]
  return node?.kind === 'number' ? Number(node.text) : undefined
}

function viewBody(
  [word, group, ...others]: readonly Node[],
  query: string | undefined,
): CreateStatement['body'] {
  if (query === undefined) throw new BigQueryError('invalidQuery', 'Syntax error: Expected keyword AS')
  const view = { query, useLegacySql: false }
  if (word === undefined) return { view }
  if (!isWord(word, 'OPTIONS') || !isGroup(group, '(') || others.length > 0)
    throw notImplemented('CREATE VIEW with columns')
  return { view, ...tableOptions(group.nodes) }
}

function materializedBody(nodes: readonly Node[], query: string | undefined): CreateStatement['body'] {
  if (query === undefined) throw new BigQueryError('invalidQuery', 'Syntax error: Expected keyword AS')
  let settings: Record<string, unknown> = {}
  const body = tableBody(nodes, true, (options) => {
    const read = new Map(readOptions(options))
    const [enable, minutes, free] = [
      'enable_refresh',
      'refresh_interval_minutes',
      'allow_non_incremental_definition',
    ].map((name) => {
      const value = read.get(name)
      read.delete(name)
      return value
    })
    settings = {
      ...(enable !== undefined && { enableRefresh: enable }),
      ...(minutes !== undefined && { refreshIntervalMs: String(Number(minutes) * 60_000) }),
      ...(free !== undefined && { allowNonIncrementalDefinition: free }),
    }
    return optionsOf(read)
  })
  return { ...body, view: { query, useLegacySql: false }, materializedView: { query, ...settings } }
}

/** @param hasSource then the columns are those of a query or of another table, where none are listed */
export function tableBody(
  nodes: readonly Node[],
  hasSource: boolean,
  options = tableOptions,
): CreateStatement['body'] {
  const [list] = nodes
  const hasColumns = isGroup(list, '(')
  if (!hasColumns && !hasSource) throw notImplemented(`CREATE TABLE ${textOf(list)}`)
  const { fields, primaryKey, foreignKeys } = hasColumns
    ? readColumnDefinitions(list.nodes)
    : { fields: [], primaryKey: [], foreignKeys: [] }
  let rest = hasColumns ? nodes.slice(1) : nodes
  const body: Record<string, unknown> = hasColumns ? { schema: { fields } } : {}
  while (rest.length > 0) {
    const [first, second] = rest
    const end = rest.findIndex(
      (node, index) => index > 1 && isWord(node, 'CLUSTER', 'OPTIONS', 'PARTITION', 'AS'),
    )
    const clause = end === -1 ? rest.slice(2) : rest.slice(2, end)
    rest = end === -1 ? [] : rest.slice(end)
    if (isWord(first, 'PARTITION') && isWord(second, 'BY')) Object.assign(body, partitionBy(clause))
    else if (isWord(first, 'CLUSTER') && isWord(second, 'BY'))
      body['clustering'] = { fields: splitByComma(clause).map(([name]) => (name as Token).text) }
    else if (isWord(first, 'OPTIONS') && isGroup(second, '(')) Object.assign(body, options(second.nodes))
    else throw notImplemented(`CREATE TABLE … ${textOf(first)}`)
  }
  if (primaryKey.length + foreignKeys.length > 0)
    body['tableConstraints'] = {
      ...(primaryKey.length > 0 && { primaryKey: { columns: primaryKey } }),
      ...(foreignKeys.length > 0 && { foreignKeys }),
    }
  return body
}

export function tableOptions(nodes: readonly Node[]): Record<string, unknown> {
  return optionsOf(readOptions(nodes))
}

function optionsOf(read: ReturnType<typeof readOptions>): Record<string, unknown> {
  const options: Record<string, unknown> = {}
  for (const [name, value] of read) {
    if (name === 'require_partition_filter') options['requirePartitionFilter'] = value
    else if (name === 'description') options['description'] = value
    else if (name === 'friendly_name') options['friendlyName'] = value
    else if (name === 'labels') options['labels'] = value
    else if (name === 'expiration_timestamp')
      options['expirationTime'] =
        typeof value === 'string' ? { expression: `TIMESTAMP ${JSON.stringify(value)}` } : value
    else if (name === 'partition_expiration_days') options['partitionExpirationDays'] = value
    // dbt writes it for each materialized view, and means no tags
    else if (name !== 'tags' || Object.keys(value ?? {}).length > 0)
      throw notImplemented(`the table option ${name}`)
  }
  return options
}

function withoutEnd(tokens: Token[]): Token[] {
  while (isSymbol(tokens.at(-1), ';')) tokens.pop()
  if (tokens.some((token) => isSymbol(token, ';'))) throw notImplemented('scripts')
  return tokens
}

function textOf(node: Node | undefined): string {
  if (node === undefined) throw new BigQueryError('invalidQuery', 'Syntax error: Unexpected end of script')
  return node.kind === 'group' ? '(' : node.text
}
