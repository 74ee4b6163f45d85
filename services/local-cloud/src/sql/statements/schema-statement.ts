import { BigQueryError, notImplemented } from '../../bigquery/errors.ts'
import { readOptions, type OptionValue } from './options.ts'
import { readTablePath } from '../table-path.ts'
import { firstWord, groupTokens, isGroup, isSymbol, isWord, tokenize, type Node } from '../tokens.ts'

/** `CREATE SCHEMA d`, `DROP SCHEMA d`, `ALTER SCHEMA d SET OPTIONS (…)`: a schema is a dataset. */
export interface SchemaStatement {
  readonly type: 'CREATE_SCHEMA' | 'DROP_SCHEMA' | 'ALTER_SCHEMA'
  readonly path: readonly string[]
  /** IF NOT EXISTS of the first, IF EXISTS of the others. */
  readonly isLenient: boolean
  readonly cascade: boolean
  /** As datasets.insert and datasets.patch take it. */
  readonly body: Readonly<Record<string, unknown>>
}

/** The statement, or undefined where the text is another one. @throws BigQueryError invalidQuery, notImplemented */
export function parseSchemaStatement(sql: string): SchemaStatement | undefined {
  const verb = firstWord(sql)
  if (verb !== 'CREATE' && verb !== 'DROP' && verb !== 'ALTER') return undefined
  const tokens = tokenize(sql)
  while (isSymbol(tokens.at(-1), ';')) tokens.pop()
  const nodes = groupTokens(tokens)
  if (!isWord(nodes[1], 'SCHEMA')) return undefined
  let at = 2
  const skip = (...words: readonly string[]): boolean => {
    if (!words.every((word, index) => isWord(nodes[at + index], word))) return false
    at += words.length
    return true
  }
  const isLenient = verb === 'CREATE' ? skip('IF', 'NOT', 'EXISTS') : skip('IF', 'EXISTS')
  const { parts: path, next } = readTablePath(nodes, at)
  at = next
  const cascade = verb === 'DROP' && skip('CASCADE')
  if (verb === 'DROP') skip('RESTRICT')
  if (verb === 'ALTER' && !skip('SET')) throw notImplemented('ALTER SCHEMA of anything but its options')
  const body = verb !== 'DROP' && skip('OPTIONS') ? datasetBody(nodes[at++]) : {}
  const left = nodes[at]
  if (left) throw notImplemented(`${verb} SCHEMA … ${left.kind === 'group' ? '(' : left.text}`)
  return { type: `${verb}_SCHEMA`, path, isLenient, cascade, body }
}

const DAY_MS = 86_400_000
const OPTIONS: Readonly<Record<string, string>> = {
  description: 'description',
  friendly_name: 'friendlyName',
  labels: 'labels',
  location: 'location',
  max_time_travel_hours: 'maxTimeTravelHours',
  storage_billing_model: 'storageBillingModel',
}
const DAYS: Readonly<Record<string, string>> = {
  default_table_expiration_days: 'defaultTableExpirationMs',
  default_partition_expiration_days: 'defaultPartitionExpirationMs',
}

function datasetBody(group: Node | undefined): Record<string, unknown> {
  if (!isGroup(group, '(')) throw new BigQueryError('invalidQuery', 'Syntax error: "(" was expected')
  return Object.fromEntries([...readOptions(group.nodes)].map(([name, value]) => optionOf(name, value)))
}

function optionOf(name: string, value: OptionValue): readonly [string, unknown] {
  const days = DAYS[name]
  if (days !== undefined) {
    if (value !== null && typeof value !== 'number')
      throw new BigQueryError('invalidQuery', `${name} is a number of days.`)
    return [days, value === null ? null : String(value * DAY_MS)]
  }
  const key = OPTIONS[name]
  if (key === undefined) throw notImplemented(`the option ${name} of a schema`)
  return [key, value]
}
