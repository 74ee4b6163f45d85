import {
  BIGINT,
  BOOLEAN,
  LIST,
  listValue,
  STRUCT,
  structValue,
  VARCHAR,
  type DuckDBListValue,
  type DuckDBScalarFunction,
} from '@duckdb/node-api'
import { analyzerOf, type Analyzer } from './analyzer.ts'
import { matcherOf } from './search.ts'
import { readJson, type Json } from '../duck/json-tree.ts'
import { scalarFunction, type Value } from '../duck/scalar-function.ts'

const textsOf = (list: Value) => (list as DuckDBListValue).items as readonly (string | null)[]

/** SEARCH, TEXT_ANALYZE and BAG_OF_WORDS (search functions, text analysis functions). */
export function textAnalysisFunctions(): DuckDBScalarFunction[] {
  const analyzer = remembered((name: string, options: string) => analyzerOf(name, options))
  const matcher = remembered((query: string, name: string, options: string) =>
    matcherOf(query, analyzer(name, options)),
  )
  return [
    scalarFunction('tokens_of_text', [VARCHAR, VARCHAR, VARCHAR], LIST(VARCHAR), (text, name, options) =>
      listValue([...(analyzer(name as string, options as string) satisfies Analyzer).tokens(text as string)]),
    ),
    scalarFunction(
      'words_counted',
      [LIST(VARCHAR)],
      LIST(STRUCT({ term: VARCHAR, count: BIGINT })),
      (words) => listValue(counted(textsOf(words)).map(([term, count]) => structValue({ term, count }))),
    ),
    scalarFunction(
      'is_found_in',
      [LIST(VARCHAR), LIST(VARCHAR), VARCHAR, VARCHAR, VARCHAR, VARCHAR],
      BOOLEAN,
      (texts, jsons, scope, query, name, options) => {
        const matches = matcher(query as string, name as string, options as string)
        return found(textsOf(texts), textsOf(jsons), scope as string, matches)
      },
    ),
  ]
}

/** What was made last is not made again: the arguments are the same for all rows. */
function remembered<A extends readonly string[], R>(of: (...args: A) => R): (...args: A) => R {
  let last: { readonly args: A; readonly made: R } | undefined
  return (...args) => {
    if (!last || last.args.some((arg, index) => arg !== args[index])) last = { args, made: of(...args) }
    return last.made
  }
}

/** NULL first, the others in their order. */
function counted(words: readonly (string | null)[]): readonly (readonly [string | null, bigint])[] {
  const counts = new Map<string | null, bigint>()
  for (const word of words) counts.set(word, (counts.get(word) ?? 0n) + 1n)
  const rank = (word: string | null) => (word === null ? Buffer.alloc(0) : Buffer.from(` ${word}`))
  return [...counts].toSorted(([a], [b]) => Buffer.compare(rank(a), rank(b)))
}

/** Whether one of the texts holds all; NULL where none does and one of them is NULL. */
function found(
  texts: readonly (string | null)[],
  jsons: readonly (string | null)[],
  scope: string,
  matches: (text: string) => boolean,
): boolean | null {
  const parts = jsons.flatMap((json) => (json === null ? [] : [partsOf(readJson(json))]))
  const keys = scope === 'JSON_VALUES' ? [] : parts.flatMap((part) => part.keys)
  const values = scope === 'JSON_KEYS' ? [] : parts.flatMap((part) => part.values)
  if (texts.some((text) => text !== null && matches(text)) || [...keys, ...values].some(matches)) return true
  if (scope !== 'JSON_KEYS' && parts.some(({ others }) => others.some(matches)))
    throw new Error('local-cloud does not know whether SEARCH finds a number or BOOL in JSON')
  return texts.includes(null) || jsons.includes(null) ? null : false
}

interface JsonParts {
  readonly keys: string[]
  /** Its texts. */
  readonly values: string[]
  /** Its numbers, true and false. */
  readonly others: string[]
}

function partsOf(json: Json, parts: JsonParts = { keys: [], values: [], others: [] }): JsonParts {
  if (Array.isArray(json)) for (const each of json) partsOf(each, parts)
  else if (typeof json !== 'string')
    for (const [key, value] of json) {
      parts.keys.push(key)
      partsOf(value, parts)
    }
  else if (json.startsWith('"')) parts.values.push(JSON.parse(json) as string)
  else if (json !== 'null') parts.others.push(json)
  return parts
}
