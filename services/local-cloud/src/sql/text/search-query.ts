/** What SEARCH looks for (search functions: rules for search_query). */
export type SearchQuery =
  | { readonly kind: 'AND'; readonly of: readonly SearchQuery[] }
  | { readonly kind: 'OR'; readonly of: readonly SearchQuery[] }
  | SearchTerm

export interface SearchTerm {
  /** WORD: its tokens in any order. PHRASE: side by side. EXACT: letter by letter. */
  readonly kind: 'WORD' | 'PHRASE' | 'EXACT'
  readonly text: string
}

const RESERVED = /[[\]<>(){}|!'"*&?+/:=\-\\~^]/
const WORDS_OF_GRAMMAR = ['NOT', 'IN', 'NEAR']

/** @throws Error for a text that is no query */
export function parseSearchQuery(text: string): SearchQuery {
  const tokens = [...tokensOf(text)]
  let at = 0
  const or = (): SearchQuery => several('OR', and, () => skip('OR'))
  const and = (): SearchQuery =>
    several(
      'AND',
      term,
      () => skip('AND') || (at < tokens.length && tokens[at] !== 'OR' && tokens[at] !== ')'),
    )
  const skip = (token: string): boolean => tokens[at] === token && ++at > 0
  const several = (kind: 'AND' | 'OR', part: () => SearchQuery, isMore: () => boolean): SearchQuery => {
    const of = [part()]
    while (isMore()) of.push(part())
    return of.length === 1 ? of[0]! : { kind, of }
  }
  const term = (): SearchQuery => {
    if (skip('(')) {
      const inner = or()
      if (!skip(')')) throw wrong(text, 'a bracket is not closed')
      return inner
    }
    const token = tokens[at++]
    if (token === undefined || typeof token === 'string')
      throw wrong(text, token === undefined ? 'a term is missing' : `${token} stands where a term must`)
    return token
  }
  if (tokens.length === 0) return { kind: 'AND', of: [] }
  const query = or()
  if (at < tokens.length) throw wrong(text, 'a bracket is closed that was not opened')
  return query
}

const wrong = (query: string, why: string): Error =>
  new Error(`SEARCH: invalid search_query ${JSON.stringify(query)}: ${why}`)

/** Terms, brackets, AND and OR. */
function* tokensOf(text: string): Generator<SearchQuery | '(' | ')' | 'AND' | 'OR'> {
  const part = /\s+|([()])|"((?:\\"|[^"])+)"|`((?:\\`|[^`])+)`|((?:\\[^]|[^\s[\]<>(){}|!'"*&?+/:=\-\\~^`])+)/y
  while (part.lastIndex < text.length) {
    const at = part.lastIndex
    const found = part.exec(text)
    if (!found) throw wrong(text, `the character ${text[at]} must stand behind a backslash, or in backticks`)
    const [, bracket, phrase, exact, word] = found
    if (bracket !== undefined) yield bracket as '('
    else if (phrase !== undefined) yield { kind: 'PHRASE', text: phrase.replaceAll('\\"', '"') }
    else if (exact !== undefined) yield { kind: 'EXACT', text: exact.replaceAll('\\`', '`') }
    else if (word !== undefined) yield wordOf(text, word)
  }
}

function wordOf(query: string, word: string): SearchQuery | 'AND' | 'OR' {
  if (word === 'AND' || word === 'OR') return word
  if (WORDS_OF_GRAMMAR.includes(word)) throw wrong(query, `${word} must stand in backticks`)
  const plain = word.replaceAll(/\\([^])/g, (escape, one: string) => {
    if (RESERVED.test(one) || one === '`') return one
    throw wrong(query, `${escape} is no escape`)
  })
  return { kind: 'WORD', text: plain }
}
