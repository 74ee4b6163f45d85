import { endsDistinctFrom } from './keywords.ts'
import { isGroup, isSymbol, isWord, splitByComma, type Node } from './tokens.ts'

const NO_ALIAS = new Set([
  'END',
  'NULL',
  'TRUE',
  'FALSE',
  'ROW',
  'DAY',
  'MONTH',
  'YEAR',
  'HOUR',
  'MINUTE',
  'SECOND',
])
const OPERATORS = new Set([
  'AND',
  'OR',
  'NOT',
  'IS',
  'LIKE',
  'IN',
  'BETWEEN',
  'THEN',
  'ELSE',
  'WHEN',
  'CASE',
  'AS',
])
const END_OF_LIST = [
  'FROM',
  'WHERE',
  'GROUP',
  'ORDER',
  'LIMIT',
  'UNION',
  'INTERSECT',
  'EXCEPT',
  'HAVING',
  'QUALIFY',
]

/** Names the columns without a name as BigQuery does: f0_, f1_, … in the outermost SELECT. */
export function nameColumns(nodes: readonly Node[]): readonly Node[] {
  const select = nodes.findIndex((node) => isWord(node, 'SELECT'))
  if (select === -1) return nodes
  let start = select + 1
  if (isWord(nodes[start], 'DISTINCT', 'ALL')) start++
  let end = nodes.findIndex((node, index) => index >= start && endsList(nodes, index) && node !== undefined)
  if (end === -1) end = nodes.length
  let unnamed = 0
  const items = splitByComma(nodes.slice(start, end)).map((item): readonly Node[] => {
    if (item.length === 0) return item
    const field = fieldName(item)
    if (field !== undefined) return [...item, word('AS'), { kind: 'quoted', text: field, upper: '' }]
    if (hasName(item)) return item
    return [...item, word('AS'), word(`f${unnamed++}_`)]
  })
  const list = items.flatMap((item, index) => (index === 0 ? item : [comma, ...item]))
  return [...nodes.slice(0, start), ...list, ...nodes.slice(end)]
}

function endsList(nodes: readonly Node[], index: number): boolean {
  // `* EXCEPT (…)` belongs to the list
  if (isWord(nodes[index], 'EXCEPT') && isSymbol(nodes[index - 1], '*')) return false
  if (isWord(nodes[index], 'FROM') && endsDistinctFrom(nodes, index)) return false
  return isWord(nodes[index], ...END_OF_LIST) && !isSymbol(nodes[index - 1], '.')
}

/** `items[OFFSET(0)].sku` is called sku, as a plain path is. */
function fieldName(item: readonly Node[]): string | undefined {
  const last = item.at(-1)
  const computed = item.some((node) => node.kind === 'group')
  const field = isSymbol(item.at(-2), '.') && (last?.kind === 'word' || last?.kind === 'quoted')
  return computed && field ? last.text : undefined
}

function hasName(item: readonly Node[]): boolean {
  if (item.some((node) => isSymbol(node, '*')) && isStar(item)) return true
  if (isWord(item.at(-2), 'AS')) return true
  const last = item.at(-1)!
  if (last.kind !== 'word' && last.kind !== 'quoted') return false
  if (last.kind === 'word' && NO_ALIAS.has(last.upper)) return false
  const before = item.at(-2)
  if (before === undefined || isSymbol(before, '.')) return true
  // `expression name`: an alias without AS
  if (before.kind === 'symbol') return false
  return !(before.kind === 'word' && OPERATORS.has(before.upper))
}

/** `*`, `t.*`, `* EXCEPT (a)`, `* REPLACE (a AS b)`. */
function isStar(item: readonly Node[]): boolean {
  const star = item.findIndex((node) => isSymbol(node, '*'))
  const head = star === 0 || isSymbol(item[star - 1], '.')
  const tail = item.slice(star + 1)
  return head && (tail.length === 0 || (isWord(tail[0], 'EXCEPT', 'REPLACE') && isGroup(tail[1], '(')))
}

const word = (text: string): Node => ({ kind: 'word', text, upper: text.toUpperCase() })
const comma: Node = { kind: 'symbol', text: ',', upper: ',' }
