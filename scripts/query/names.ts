import { runQuery, type Connection } from './bigquery-rest.ts'

const WORDS =
  `SELECT FROM WHERE GROUP ORDER BY LIMIT HAVING QUALIFY JOIN LEFT ON USING UNNEST( COUNT(*) COUNTIF( SUM( AVG( MIN( MAX(
  ANY_VALUE( ARRAY_AGG( APPROX_QUANTILES( SAFE_CAST( CAST( DATE( TIMESTAMP_DIFF( JSON_VALUE( IS NOT NULL DISTINCT EXCEPT( WITH`.split(
    /\s+/,
  )

/** What may stand in SQL here: BigQuery's words, and the tables and columns of a dataset. */
export interface Names {
  readonly words: readonly string[]
  /** Name of a table to its columns. */
  readonly tables: ReadonlyMap<string, readonly string[]>
}

/** @throws Error as runQuery */
export async function readNames(connection: Connection, dataset: string): Promise<Names> {
  const { pages } = await runQuery(
    connection,
    `SELECT table_name, column_name FROM \`${dataset}\`.INFORMATION_SCHEMA.COLUMNS ORDER BY table_name, ordinal_position`,
  )
  const tables = new Map<string, string[]>()
  for await (const rows of pages)
    for (const { f } of rows) {
      const [table, column] = f.map(({ v }) => String(v)) as [string, string]
      const columns = tables.get(table) ?? []
      tables.set(table, [...columns, column])
    }
  return { words: WORDS, tables }
}

/** What the last word of the line may become, and the word, as readline asks for it. */
export function completions(line: string, dataset: string, { words, tables }: Names): [string[], string] {
  const word = /[\w.`*(]*$/.exec(line)![0]
  if (word === '') return [[], word]
  const columns = [...tables].filter(([table]) => line.includes(table)).flatMap(([, names]) => names)
  const all = [
    ...columns,
    ...[...tables.keys()].flatMap((table) => [`${dataset}.${table}`, table]),
    ...words,
    ...(columns.length === 0 ? [...tables.values()].flat() : []),
  ]
  const begins = word.toLowerCase()
  const found = [...new Set(all)].filter((name) => name.toLowerCase().startsWith(begins))
  return [found, word]
}
