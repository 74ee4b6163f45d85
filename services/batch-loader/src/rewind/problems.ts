import type { Warehouse } from '../google/bigquery.ts'
import { goneFrom, type Differences } from './differences.ts'
import { isRowOfKey, keysOfSpan } from './span-keys.ts'

export interface ToCheck {
  readonly table: string
  readonly rewound: string
  readonly published: string
  readonly eventType: string
  /** RFC 3339 */
  readonly since: string
  readonly until: string
  /** Rows of the table ahead of the carrying over. */
  readonly rowsAhead: number
  readonly carried: number
  /** Rows that were made, and messages that are dead letters now. */
  readonly landed: number
  readonly deadLetters: number
  readonly rows: Differences['rows']
}

/**
 * What does not come out in the sums of a rewind, in sentences: with any of them the tables are not swapped. A row that somebody wrote
 * meanwhile, or that two rewinds carried over, is seen here.
 */
export async function problemsOf(
  warehouse: Pick<Warehouse, 'name' | 'query'>,
  { table, rewound, published, eventType, since, until, ...sums }: ToCheck,
): Promise<readonly string[]> {
  const { rowsAhead, carried, landed, deadLetters, rows } = sums
  const problems: string[] = []
  if (rows.before !== rowsAhead)
    problems.push(
      `${table} had ${rowsAhead} rows when they were carried over, and ${rows.before} when it was compared: somebody writes to it`,
    )
  if (rows.after !== carried + landed)
    problems.push(
      `${rewound} has ${rows.after} rows, and not the ${carried} that were carried over and the ${landed} that were made`,
    )
  if (rows.doubled > 0) problems.push(`${rows.doubled} events have more rows in ${rewound} than in ${table}`)
  if (rows.gone > deadLetters)
    problems.push(`${rows.gone} events have no row any more, and ${deadLetters} messages are dead letters`)
  if (rows.gone > 0) {
    const keys = keysOfSpan({ published: warehouse.name(published), eventType, since, until })
    const [lost] = await warehouse.query<{ readonly n: number }>(
      `SELECT COUNT(*) AS n FROM (${goneFrom(warehouse.name(table), warehouse.name(rewound))}) AS g LEFT JOIN ${keys} AS k
        ON ${isRowOfKey('g', 'k')}
      WHERE k.event_id IS NULL`,
    )
    if (lost!.n > 0)
      problems.push(`${lost!.n} events have no row any more, and nobody published them in this time`)
  }
  return problems
}
