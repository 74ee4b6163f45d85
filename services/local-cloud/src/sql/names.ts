import { END_OF_FROM, NO_CALL } from './keywords.ts'
import { isWord, type Node } from './tokens.ts'

/** The text of a node that names a column or an alias. */
export function nameOf(node: Node | undefined): string | undefined {
  return node?.kind === 'quoted' || (node?.kind === 'word' && !NO_CALL.has(node.upper))
    ? node.text
    : undefined
}

export function readAlias(nodes: readonly Node[], at: number): { name: string | undefined; next: number } {
  const start = isWord(nodes[at], 'AS') ? at + 1 : at
  const node = nodes[start]
  const name = nameOf(node)
  const ends = isWord(
    node,
    'WITH',
    'CROSS',
    'JOIN',
    'LEFT',
    'INNER',
    'RIGHT',
    'FULL',
    'ON',
    'USING',
    ...END_OF_FROM,
  )
  if (name !== undefined && !ends) return { name, next: start + 1 }
  return { name: undefined, next: at }
}
