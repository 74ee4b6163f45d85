import { isGroup, isSymbol, isWord, splitByComma, type Node } from './tokens.ts'

const END_OF_QUALIFY = ['WINDOW', 'ORDER', 'LIMIT', 'UNION', 'INTERSECT', 'EXCEPT']

/**
 * In QUALIFY a name is first one that SELECT gives, then a column (GoogleSQL's resolver: aliases of the SELECT list override what
 * is in FROM). DuckDB looks for columns first, so what SELECT calls so is put in the place of its name.
 */
export function resolveQualify(nodes: readonly Node[]): readonly Node[] {
  const at = nodes.findIndex((node) => isWord(node, 'QUALIFY'))
  if (at === -1) return nodes
  const select = nodes.findLastIndex((node, index) => index < at && isWord(node, 'SELECT'))
  const from = nodes.findIndex((node, index) => index > select && isWord(node, 'FROM'))
  if (select === -1 || from === -1 || from > at) return nodes
  const aliases = aliasesOf(nodes.slice(select + 1, from))
  if (aliases.size === 0) return nodes
  // a statement may go on behind it, with another SELECT
  let end = nodes.findIndex((node, index) => index > at && isWord(node, ...END_OF_QUALIFY))
  if (end === -1) end = nodes.length
  const condition = replaced(nodes.slice(at + 1, end), aliases)
  return [...nodes.slice(0, at + 1), ...condition, ...resolveQualify(nodes.slice(end))]
}

/** What SELECT gives a name with AS, by that name in lower case. */
function aliasesOf(list: readonly Node[]): ReadonlyMap<string, readonly Node[]> {
  const items = isWord(list[0], 'DISTINCT', 'ALL') ? list.slice(1) : list
  const named = splitByComma(items).filter((item) => isWord(item.at(-2), 'AS'))
  return new Map(named.map((item) => [textOf(item.at(-1)).toLowerCase(), item.slice(0, -2)]))
}

function replaced(nodes: readonly Node[], aliases: ReadonlyMap<string, readonly Node[]>): Node[] {
  return nodes.map((node, index): Node => {
    // a query of its own has names of its own
    if (node.kind === 'group')
      return isWord(node.nodes[0], 'SELECT', 'WITH')
        ? node
        : { ...node, nodes: replaced(node.nodes, aliases) }
    if (node.kind !== 'word' && node.kind !== 'quoted') return node
    const isPart = isSymbol(nodes[index - 1], '.') || isSymbol(nodes[index + 1], '.')
    if (isPart || isGroup(nodes[index + 1], '(')) return node
    const expression = aliases.get(node.text.toLowerCase())
    return expression ? { kind: 'group', open: '(', nodes: expression } : node
  })
}

function textOf(node: Node | undefined): string {
  return node?.kind === 'word' || node?.kind === 'quoted' ? node.text : ''
}
