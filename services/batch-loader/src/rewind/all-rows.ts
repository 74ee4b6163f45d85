import type { Warehouse } from '../google/bigquery.ts'
import { daysCondition } from '../land/insert-statement.ts'

/** SQL that is true for all rows of a table of events. */
export const ALL_DAYS = daysCondition(undefined)

/** How many rows a table of events has. */
export async function countRows(
  warehouse: Pick<Warehouse, 'name' | 'query'>,
  table: string,
): Promise<number> {
  const [count] = await warehouse.query<{ readonly n: number }>(
    `SELECT COUNT(*) AS n FROM ${warehouse.name(table)} WHERE ${ALL_DAYS}`,
  )
  return count!.n
}
