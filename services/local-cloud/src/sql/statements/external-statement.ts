import { BigQueryError, notImplemented } from '../../bigquery/errors.ts'
import { readColumnDefinitions } from './column-definitions.ts'
import { isTexts, readOptions, type OptionValue } from './options.ts'
import { OF_CSV, OF_SOURCES } from '../../bigquery/table/source-options.ts'
import { isGroup, isWord, splitByComma, type Node } from '../tokens.ts'

/** Options that must be there. */
const NEEDED = [
  ['format', 'sourceFormat'],
  ['uris', 'sourceUris'],
] as const

/**
 * What stands behind the name in `CREATE EXTERNAL TABLE t (columns) OPTIONS (format = 'CSV', uris = ['gs://…'])`, as tables.insert takes
 * it. Without columns they are found.
 *
 * @param tableOptions reads the options that every table may have
 */
export function externalBody(
  nodes: readonly Node[],
  tableOptions: (nodes: readonly Node[]) => Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const [list] = nodes
  const columns = isGroup(list, '(') ? readColumnDefinitions(list.nodes).fields : undefined
  const [word, group, ...more] = columns ? nodes.slice(1) : nodes
  if (!isWord(word, 'OPTIONS') || !isGroup(group, '(') || more.length > 0)
    throw notImplemented('CREATE EXTERNAL TABLE with more than columns and OPTIONS')
  const { source, others: ofTable } = readSource(group.nodes, 'CREATE EXTERNAL TABLE')
  const common = Object.assign({}, ...ofTable.map(tableOptions)) as object
  return {
    ...(columns && { schema: { fields: columns } }),
    externalDataConfiguration: { autodetect: columns === undefined, ...source },
    ...common,
  }
}

/** The options of files, as the API has them, and those that are none. @param statement that they are of @throws BigQueryError */
export function readSource(
  nodes: readonly Node[],
  statement: string,
): { readonly source: Readonly<Record<string, unknown>>; readonly others: readonly (readonly Node[])[] } {
  const source: Record<string, unknown> = {}
  const csvOptions: Record<string, unknown> = {}
  const others: (readonly Node[])[] = []
  for (const option of splitByComma(nodes)) {
    const [[name, value] = ['', undefined]] = readOptions(option, ['uris'])
    if (name === 'uris') source['sourceUris'] = textsOf(name, value)
    else if (name === 'format') source['sourceFormat'] = formatOf(value)
    else if (name === 'enable_logical_types') source['avroOptions'] = { useAvroLogicalTypes: value }
    else if (OF_SOURCES[name] !== undefined) source[OF_SOURCES[name]] = value
    else if (OF_CSV[name] !== undefined) csvOptions[OF_CSV[name]] = value
    else others.push(option)
  }
  for (const [option, field] of NEEDED)
    if (source[field] === undefined)
      throw new BigQueryError('invalidQuery', `${statement} needs the option ${option}.`)
  return { source: { ...source, ...(Object.keys(csvOptions).length > 0 && { csvOptions }) }, others }
}

/** JSON is short for what other places of the API call by its whole name. */
function formatOf(value: unknown): string {
  const format = String(value).toUpperCase()
  return format === 'JSON' ? 'NEWLINE_DELIMITED_JSON' : format
}

function textsOf(name: string, value: OptionValue | undefined): readonly string[] {
  if (!isTexts(value) || value.length === 0)
    throw new BigQueryError('invalidQuery', `The option ${name} is an array of texts.`)
  return value
}
