import type { Column, Shape } from '../columns/column.ts'
import { keyOfIdentity, nameOfLong } from '../names/key-identity.ts'
import { columnName, lowerCaseOfLegal } from '../names/legal-name.ts'

const NOBODY: ReadonlySet<string> = new Set()

/**
 * Gives each key's shape its legal name, unique among the others and those that are taken. Where keys differ only in case,
 * the one in small letters has the plain name, in whatever order they came.
 *
 * @param shapes by the identities of their keys
 * @param taken names in lower case
 */
export function nameShapes(
  shapes: ReadonlyMap<string, Shape>,
  taken: ReadonlySet<string> = NOBODY,
): readonly Column[] {
  return nameEntries([...shapes.keys()], [...shapes.values()], taken)
}

/** The same for keys and their shapes in two lists: no identity is in them twice. */
export function nameEntries(
  keys: readonly string[],
  shapes: readonly Shape[],
  taken: ReadonlySet<string> = NOBODY,
): readonly Column[] {
  if (areNames(keys, taken)) return keys.map((key, index) => plainColumn(key, shapes[index]!))
  return nameInOrder(new Map(keys.map((key, index) => [key, shapes[index]!])), taken)
}

function plainColumn(key: string, { type, mode, fields }: Shape): Column {
  return fields ? { name: key, key, type, mode, fields } : { name: key, key, type, mode }
}

/** The common case: every key is a legal name of its own. */
function areNames(keys: readonly string[], taken: ReadonlySet<string>): boolean {
  let hasCapitals = false
  for (const key of keys) {
    const lower = lowerCaseOfLegal(key)
    if (lower === '' || (taken.size > 0 && taken.has(lower))) return false
    if (lower !== key) hasCapitals = true
  }
  // without capitals, keys that differ are names that differ
  return !hasCapitals || new Set(keys.map(lowerCaseOfLegal)).size === keys.length
}

function nameInOrder(shapes: ReadonlyMap<string, Shape>, taken: ReadonlySet<string>): Column[] {
  const used = new Set(taken)
  const names = new Map<string, string>()
  for (const key of [...shapes.keys()].toSorted().toReversed()) {
    // a long key is known by a name alone, which another key may have
    const name = columnName(keyOfIdentity(key) ?? nameOfLong(key), used)
    used.add(name.toLowerCase())
    names.set(key, name)
  }
  return Array.from(shapes, ([key, shape]) => ({ name: names.get(key)!, key, ...shape }))
}
