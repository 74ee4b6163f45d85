import { BigQueryError, notImplemented } from '../bigquery/errors.ts'
import { isGroup, isWord, splitByComma, type Node } from './tokens.ts'

const TRUNC = ['DATE_TRUNC', 'DATETIME_TRUNC', 'TIMESTAMP_TRUNC']

/** What `PARTITION BY` says, as tables.insert takes it. @throws BigQueryError invalidQuery, notImplemented */
export function partitionBy(clause: readonly Node[]): Readonly<Record<string, unknown>> {
  const [first, group, ...others] = clause
  if (others.length > 0 || (first?.kind !== 'word' && first?.kind !== 'quoted')) throw unknown()
  if (group === undefined) return day(first.text)
  if (!isGroup(group, '(')) throw unknown()
  const [column, ...rest] = splitByComma(group.nodes)
  const name = column?.length === 1 && column[0]!.kind !== 'group' ? column[0]!.text : undefined
  if (name === undefined) throw unknown()
  if (isWord(first, 'DATE') && rest.length === 0) return day(name)
  if (isWord(first, ...TRUNC) && rest.length === 1) {
    const part = rest[0]![0]
    if (!isWord(part, 'HOUR', 'DAY', 'MONTH', 'YEAR')) throw unknown()
    return { timePartitioning: { type: (part as { upper: string }).upper, field: name } }
  }
  if (!isWord(first, 'RANGE_BUCKET') || rest.length !== 1) throw unknown()
  const [generate, list] = rest[0]!
  if (!isWord(generate, 'GENERATE_ARRAY') || !isGroup(list, '(')) throw unknown()
  const numbers = splitByComma(list.nodes).map((nodes) =>
    nodes.map((node) => (node as { text: string }).text).join(''),
  )
  const [start, end, interval = '1'] = numbers
  if (numbers.length > 3 || !numbers.every((number) => /^-?\d+$/.test(number)))
    throw new BigQueryError('invalidQuery', 'GENERATE_ARRAY of a RANGE_BUCKET takes whole numbers')
  return { rangePartitioning: { field: name, range: { start, end, interval } } }
}

function day(name: string): Readonly<Record<string, unknown>> {
  if (/^_PARTITION/i.test(name)) throw notImplemented('partitioning by ingestion time')
  return { timePartitioning: { type: 'DAY', field: name } }
}

const unknown = (): BigQueryError =>
  notImplemented('PARTITION BY anything but a column, DATE(), …_TRUNC() or RANGE_BUCKET() of one')
