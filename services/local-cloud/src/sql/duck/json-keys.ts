/** A name that a path need not quote; how others are written is not documented. */
const PLAIN = /^[\p{L}_][\p{L}\p{N}_]*$/u

/**
 * JSON_KEYS: the paths of all keys of objects that are in no array, each once, in the order of texts.
 *
 * @throws Error for a key that a path would have to quote
 */
export function keysInJson(text: string): string[] {
  const paths: string[] = []
  collect(JSON.parse(text), '', paths)
  return paths.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}

function collect(value: unknown, before: string, paths: string[]): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return
  for (const [key, inner] of Object.entries(value)) {
    if (!PLAIN.test(key))
      throw new Error(`local-cloud knows no JSON_KEYS of a key that is not letters, digits and _: ${key}`)
    paths.push(`${before}${key}`)
    collect(inner, `${before}${key}.`, paths)
  }
}
