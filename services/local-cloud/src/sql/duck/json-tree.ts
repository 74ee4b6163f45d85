/** JSON whose numbers, texts and other scalars stay as they are written; keys keep their order. */
export type Json = string | Json[] | Map<string, Json>

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g

/** The parts of a text of JSON. @param text is known to be JSON */
export const tokensOf = (text: string): readonly string[] => text.match(TOKEN) ?? []

/** @param text is known to be JSON */
export function readJson(text: string): Json {
  const tokens = tokensOf(text)
  let at = 0
  const value = (): Json => {
    const token = tokens[at++]!
    if (token === '[') return [...items(']', value)]
    if (token === '{') return objectOf(items('}', pair))
    return token
  }
  const pair = (): [string, Json] => {
    const key = JSON.parse(tokens[at++]!) as string
    at++
    return [key, value()]
  }
  function* items<T>(end: string, read: () => T): Generator<T> {
    while (tokens[at] !== end) {
      yield read()
      if (tokens[at] === ',') at++
    }
    at++
  }
  return value()
}

/** Of a key that comes twice the first value is kept. */
function objectOf(pairs: Iterable<[string, Json]>): Map<string, Json> {
  const object = new Map<string, Json>()
  for (const [key, value] of pairs) if (!object.has(key)) object.set(key, value)
  return object
}

export function writeJson(json: Json): string {
  if (typeof json === 'string') return json
  if (Array.isArray(json)) return `[${json.map(writeJson).join(',')}]`
  return `{${Array.from(json, ([key, value]) => `${JSON.stringify(key)}:${writeJson(value)}`).join(',')}}`
}
