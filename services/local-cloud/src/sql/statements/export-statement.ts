import { BigQueryError, notImplemented } from '../../bigquery/errors.ts'
import { readOptions } from './options.ts'
import { firstWord, groupTokens, isGroup, isSymbol, isWord, tokenize, type Token } from '../tokens.ts'

/** What EXPORT DATA says of its files, as an extract job has it. */
export interface ExportOptions {
  readonly destinationUri: string
  readonly destinationFormat: string
  readonly compression: string
  readonly printHeader: boolean
  readonly fieldDelimiter?: string
  readonly useAvroLogicalTypes: boolean
  /** Whether files that are there are replaced. */
  readonly overwrite: boolean
}

/** `EXPORT DATA OPTIONS (uri = 'gs://…', format = 'CSV') AS query`. */
export interface ExportStatement {
  readonly type: 'EXPORT_DATA'
  readonly query: string
  readonly options: ExportOptions
}

const FORMATS: Readonly<Record<string, string>> = {
  CSV: 'CSV',
  JSON: 'NEWLINE_DELIMITED_JSON',
  AVRO: 'AVRO',
  PARQUET: 'PARQUET',
}
const KNOWN = new Set([
  'uri',
  'format',
  'compression',
  'header',
  'field_delimiter',
  'use_avro_logical_types',
  'overwrite',
])

/** The statement, or undefined where the text is another one. @throws BigQueryError for an EXPORT DATA that is not supported */
export function parseExportStatement(sql: string): ExportStatement | undefined {
  if (firstWord(sql) !== 'EXPORT') return undefined
  const tokens = tokenize(sql)
  while (isSymbol(tokens.at(-1), ';')) tokens.pop()
  const [, data, word, group, as] = groupTokens(tokens)
  if (!isWord(data, 'DATA')) return undefined
  if (!isWord(word, 'OPTIONS') || !isGroup(group, '('))
    throw notImplemented('EXPORT DATA with more than OPTIONS')
  if (!isWord(as, 'AS')) throw new BigQueryError('invalidQuery', 'Syntax error: Expected keyword AS')
  const { at, text } = as as Token
  const query = sql.slice(at! + text.length).replace(/^\s+|[\s;]+$/g, '')
  return { type: 'EXPORT_DATA', query, options: optionsOf(new Map(readOptions(group.nodes))) }
}

function optionsOf(read: ReturnType<typeof readOptions>): ExportOptions {
  const other = [...read.keys()].find((name) => !KNOWN.has(name))
  if (other !== undefined) throw notImplemented(`the option ${other} of EXPORT DATA`)
  const text = (name: string): string => {
    const value = read.get(name)
    return typeof value === 'string' ? value : ''
  }
  const uri = text('uri')
  if (uri.split('*').length !== 2)
    throw new BigQueryError('invalidQuery', 'The option uri of EXPORT DATA is a text with one "*".')
  const said = text('format').toUpperCase()
  const destinationFormat = FORMATS[said]
  if (destinationFormat === undefined)
    throw new BigQueryError('invalidQuery', `The option format of EXPORT DATA is none: "${said}"`)
  const delimiter = read.get('field_delimiter')
  return {
    destinationUri: uri,
    destinationFormat,
    compression: text('compression').toUpperCase() || 'NONE',
    printHeader: read.get('header') === true,
    ...(typeof delimiter === 'string' && { fieldDelimiter: delimiter }),
    useAvroLogicalTypes: read.get('use_avro_logical_types') === true,
    overwrite: read.get('overwrite') === true,
  }
}
