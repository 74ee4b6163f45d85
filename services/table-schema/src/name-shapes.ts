import type { Column, Shape } from './column.ts'
import { keyOfIdentity, nameOfLong } from './key-identity.ts'
import { columnName, lowerCaseOfLegal } from './legal-name.ts'

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
  return nameAsTheyAre(shapes, taken) ?? nameInOrder(shapes, taken)
}

/** The common case: every key is a legal name of its own. Undefined where one is not. */
function nameAsTheyAre(shapes: ReadonlyMap<string, Shape>, taken: ReadonlySet<string>): Column[] | undefined {
  const columns: Column[] = []
  const used = new Set<string>()
  for (const [key, { type, mode, fields }] of shapes) {
    const lower = lowerCaseOfLegal(key)
    if (lower === '' || taken.has(lower) || used.has(lower)) return undefined
    used.add(lower)
    columns.push(fields ? { name: key, key, type, mode, fields } : { name: key, key, type, mode })
  }
  return columns
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
