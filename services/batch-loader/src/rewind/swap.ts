import type { Warehouse } from '../google/bigquery.ts'
import { LoadError } from '../load-error.ts'

export interface Swap {
  readonly table: string
  readonly rewound: string
  /** The name that the table has from then on. */
  readonly kept: string
  /** Rows that the table had when it was compared. */
  readonly rows: number
}

/** BigQuery's words where rows were streamed into a table lately (docs: managing tables, "Rename a table"). */
const IS_STREAMED = /stream/i

/**
 * Gives a table another name, and its own to the rewound one. Between the two statements there is no table of this name: nobody may write
 * meanwhile. What goes wrong behind the first is taken back.
 *
 * @throws LoadError that says what to do; then the table is what it was
 */
export async function swap(
  warehouse: Pick<Warehouse, 'name' | 'query'>,
  { table, rewound, kept, rows }: Swap,
): Promise<void> {
  const rename = (from: string, to: string) =>
    warehouse.query(`ALTER TABLE ${warehouse.name(from)} RENAME TO \`${to}\``)
  try {
    await rename(table, kept)
  } catch (error) {
    throw new LoadError('swap_refused', refusal(table, rewound, (error as Error).message), {
      cause: error,
    })
  }
  try {
    const [count] = await warehouse.query<{ readonly n: number }>(
      `SELECT COUNT(*) AS n FROM ${warehouse.name(kept)} WHERE event_date >= DATE '0001-01-01'`,
    )
    if (count!.n !== rows)
      throw new Error(`${table} had ${rows} rows when it was compared, and has ${count!.n}`)
    await rename(rewound, table)
  } catch (error) {
    await rename(kept, table)
    const why = (error as Error).message
    const message = `${table} was not swapped, and is what it was: ${why}. Let nobody write to it, and start it again`
    throw new LoadError('swap_refused', message, { cause: error })
  }
}

function refusal(table: string, rewound: string, words: string): string {
  const stays = `${table} is what it was, and ${rewound} is there to look at`
  if (!IS_STREAMED.test(words)) return `${table} could not be renamed: ${words}. ${stays}`
  return `BigQuery renames no table into which rows were streamed in the last hours, usually five: ${words}
Let no stream-writer run for so long (its worker pool with 0 instances; the topic keeps what is published meanwhile), and start it again.
${stays}`
}
