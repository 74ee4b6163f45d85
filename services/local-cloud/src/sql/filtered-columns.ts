import { isWord, tokenize } from './tokens.ts'

/** The names that stand behind a WHERE or an ON, in lower case: what could filter partitions. */
export function filteredColumns(sql: string): ReadonlySet<string> {
  const tokens = tokenize(sql)
  const where = tokens.findIndex((token) => isWord(token, 'WHERE', 'ON'))
  const names =
    where === -1 ? [] : tokens.slice(where).filter(({ kind }) => kind === 'word' || kind === 'quoted')
  return new Set(names.flatMap(({ text }) => text.toLowerCase().split('.')))
}
