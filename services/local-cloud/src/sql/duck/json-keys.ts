/** A name that a path need not quote; how others are written is not documented. */
const PLAIN = /^[\p{L}_][\p{L}\p{N}_]*$/u

/** Which arrays are looked into: none, those that are not right inside of another one, all. */
const MODES = ['strict', 'lax', 'lax recursive']

/**
 * JSON_KEYS: the paths of the keys of objects, each once, in the order of texts.
 *
 * @param depth of keys, from 1 on @param mode strict, lax or lax recursive @throws Error for a key that a path would have to quote
 */
export function keysInJson(text: string, depth: bigint, mode: string): string[] {
  if (!MODES.includes(mode))
    throw new Error(`JSON_KEYS: the mode is one of ${MODES.join(', ')}, and not ${mode}`)
  if (depth < 1n) throw new Error('JSON_KEYS: max_depth must be positive')
  const paths = new Set<string>()
  collect(JSON.parse(text), '', depth, mode, paths)
  return [...paths].toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}

function collect(value: unknown, before: string, depth: bigint, mode: string, paths: Set<string>): void {
  if (typeof value !== 'object' || value === null || depth === 0n) return
  if (Array.isArray(value)) {
    if (mode === 'strict') return
    const inside = mode === 'lax' ? value.filter((each) => !Array.isArray(each)) : value
    for (const each of inside) collect(each, before, depth, mode, paths)
    return
  }
  for (const [key, inner] of Object.entries(value)) {
    if (!PLAIN.test(key))
      throw new Error(`local-cloud knows no JSON_KEYS of a key that is not letters, digits and _: ${key}`)
    paths.add(`${before}${key}`)
    collect(inner, `${before}${key}.`, depth - 1n, mode, paths)
  }
}
