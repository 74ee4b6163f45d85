import type { Column, Shape } from './column.ts'
import { columnName } from './legal-name.ts'

const NOBODY: ReadonlySet<string> = new Set()

/**
 * Gives each key's shape its legal name, unique among the others and those that are taken. Where keys differ only in case,
 * the one in small letters has the plain name, in whatever order they came.
 *
 * @param taken names in lower case
 */
export function nameShapes(
  shapes: ReadonlyMap<string, Shape>,
  taken: ReadonlySet<string> = NOBODY,
): readonly Column[] {
  const used = new Set(taken)
  const names = new Map<string, string>()
  for (const key of inNamingOrder([...shapes.keys()])) {
    const name = columnName(key, used)
    used.add(name.toLowerCase())
    names.set(key, name)
  }
  return Array.from(shapes, ([key, shape]) => ({ name: names.get(key)!, key, ...shape }))
}

function inNamingOrder(keys: readonly string[]): readonly string[] {
  const lower = new Set(keys.map((key) => key.toLowerCase()))
  // sorting only where two could meet: the common event is spared it
  return lower.size === keys.length ? keys : keys.toSorted().toReversed()
}
