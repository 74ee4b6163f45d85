import type { Query } from '../tree/tree.ts'

type Entry = Query['with'][number]

/**
 * What WITH RECURSIVE names, each behind those that it reads: they may be named before they are defined (query syntax: RECURSIVE
 * keyword), and DuckDB knows those that stand before it. Those that read one another in a circle stay where they are.
 */
export function inOrder({ recursive, with: entries }: Query): Query['with'] {
  if (!recursive) return entries
  const made: Entry[] = []
  const begun = new Set<Entry>()
  const add = (entry: Entry): void => {
    if (begun.has(entry)) return
    begun.add(entry)
    for (const other of entries) if (namesTable(entry.query, other.name.toLowerCase())) add(other)
    made.push(entry)
  }
  for (const entry of entries) add(entry)
  return made
}

/** Whether a query reads a table of this name. */
export function namesTable(node: unknown, lower: string): boolean {
  if (typeof node !== 'object' || node === null) return false
  const { kind, path } = node as { kind?: string; path?: readonly string[] }
  if (kind === 'table' && path?.length === 1 && path[0]!.toLowerCase() === lower) return true
  return Object.values(node).some((inside) => namesTable(inside, lower))
}
