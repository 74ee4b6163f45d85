import type { Analyzer } from './analyzer.ts'
import { parseSearchQuery, type SearchQuery } from './search-query.ts'

/** A text, and its tokens. */
interface Searched {
  readonly text: string
  readonly tokens: readonly string[]
}

type Matches = (searched: Searched) => boolean

/** What tells whether a text holds what a query asks for. @throws Error for a query that is none, or that has no token */
export function matcherOf(query: string, analyzer: Analyzer): (text: string) => boolean {
  if (analyzer.name === 'NO_OP_ANALYZER') return (text) => text === query
  const matches = matchesOf(parseSearchQuery(query), analyzer)
  if (!matches) throw new Error(`SEARCH: search_query ${JSON.stringify(query)} contains no tokens`)
  return (text) => matches({ text, tokens: analyzer.tokens(text) })
}

/** Undefined for what has no tokens. */
function matchesOf(query: SearchQuery, analyzer: Analyzer): Matches | undefined {
  if (query.kind === 'AND' || query.kind === 'OR') {
    const { kind, of } = query
    const parts = of.flatMap((part) => matchesOf(part, analyzer) ?? [])
    if (parts.length === 0) return undefined
    return (searched) =>
      kind === 'AND'
        ? parts.every((matches) => matches(searched))
        : parts.some((matches) => matches(searched))
  }
  if (query.kind === 'EXACT') return exactly(query.text, analyzer)
  const tokens = analyzer.tokens(query.text)
  if (tokens.length === 0) return undefined
  if (query.kind === 'WORD') return (searched) => tokens.every((token) => searched.tokens.includes(token))
  return (searched) =>
    searched.tokens.some((_, at) => tokens.every((token, index) => searched.tokens[at + index] === token))
}

/** Letter by letter, between delimiters or the ends of the text. */
function exactly(wanted: string, analyzer: Analyzer): Matches {
  if (analyzer.name !== 'LOG_ANALYZER')
    throw new Error(`local-cloud knows no SEARCH for a term in backticks with ${analyzer.name}`)
  return ({ text }) => {
    for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
      const end = at + wanted.length
      const isBegin = at === 0 || analyzer.endsAt(text, at)
      if (isBegin && (end === text.length || analyzer.beginsAt(text, end))) return true
    }
    return false
  }
}
