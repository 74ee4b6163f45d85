import { BigQueryError, notImplemented } from '../../bigquery/errors.ts'
import { isGroup, isWord, splitByComma, type Node } from '../tokens.ts'

const TRUNC = ['DATE_TRUNC', 'DATETIME_TRUNC', 'TIMESTAMP_TRUNC']

/** What `PARTITION BY` says, as tables.insert takes it. @throws BigQueryError invalidQuery, notImplemented */
export function partitionBy(clause: readonly Node[]): Readonly<Record<string, unknown>> {
  const [first, group, ...others] = clause
  if (others.length > 0 || (first?.kind !== 'word' && first?.kind !== 'quoted')) throw unknown()
  if (group === undefined) return byTime('DAY', first.text, '_PARTITIONDATE')
  if (!isGroup(group, '(')) throw unknown()
  const [column, ...rest] = splitByComma(group.nodes)
  const name = column?.length === 1 && column[0]!.kind !== 'group' ? column[0]!.text : undefined
  if (name === undefined) throw unknown()
  if (isWord(first, 'DATE') && rest.length === 0) return byTime('DAY', name, '_PARTITIONTIME')
  if (isWord(first, ...TRUNC) && rest.length === 1) {
    const part = rest[0]![0]
    if (!isWord(part, 'HOUR', 'DAY', 'MONTH', 'YEAR')) throw unknown()
    return byTime((part as { upper: string }).upper, name, '_PARTITIONTIME')
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

/** @param type of partitions; a pseudocolumn stands for the time when a row comes */
function byTime(type: string, name: string, pseudocolumn: string): Readonly<Record<string, unknown>> {
  const upper = name.toUpperCase()
  if (upper === pseudocolumn) return { timePartitioning: { type } }
  if (upper.startsWith('_PARTITION')) throw unknown()
  return { timePartitioning: { type, field: name } }
}

const unknown = (): BigQueryError =>
  notImplemented('PARTITION BY anything but a column, DATE(), …_TRUNC() or RANGE_BUCKET() of one')
