/** What GET /api/columns answers. */
export interface Columns {
  readonly tables: readonly { readonly name: string; readonly columns: readonly string[] }[]
}

export interface Proposal {
  readonly text: string
  readonly kind: string
}

const WORDS =
  `SELECT FROM WHERE GROUP BY ORDER BY LIMIT COUNT(*) DISTINCT UNNEST( JOIN USING( ON AS AND OR NOT IN IS NULL BETWEEN LIKE
  SUM( AVG( MIN( MAX( APPROX_QUANTILES( TIMESTAMP_TRUNC( TIMESTAMP_DIFF( CURRENT_DATE() CASE WHEN THEN ELSE END WITH HAVING
  DESC`.split(/\s+/)
const MOST = 8

/** The word that ends at the cursor: letters, digits, dots. */
export function wordBefore(sql: string, cursor: number): string {
  return /[\w.]*$/.exec(sql.slice(0, cursor))![0]
}

/** What may stand there: columns of the tables that the statement names come first, then tables, then words of SQL. */
export function proposals(
  sql: string,
  cursor: number,
  { tables }: Columns,
  dataset: string,
): readonly Proposal[] {
  const word = wordBefore(sql, cursor).toLowerCase()
  if (word === '') return []
  const begins = (text: string) => text.toLowerCase().startsWith(word) && text.toLowerCase() !== word
  const named = new Set(sql.toLowerCase().match(/[\w]+/g))
  const columns = tables
    .filter(({ name }) => named.has(name.toLowerCase()))
    .flatMap(({ name, columns: of }) => of.filter(begins).map((text) => ({ text, kind: name })))
  const those = tables.flatMap(({ name }) =>
    begins(name) || begins(`${dataset}.${name}`) ? [{ text: `${dataset}.${name}`, kind: 'table' }] : [],
  )
  const words = WORDS.filter(begins).map((text) => ({ text, kind: 'SQL' }))
  return [...new Map([...columns, ...those, ...words].map((each) => [each.text, each])).values()].slice(
    0,
    MOST,
  )
}
