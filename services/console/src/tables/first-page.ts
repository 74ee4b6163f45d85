import type { Result } from '../api/result.ts'
import type { RawAnswer, Warehouse } from '../bigquery/warehouse.ts'
import { fieldShape } from './field-shape.ts'

/**
 * The first page of what SQL gives, which is not all of the rows where they are large: `total_rows` tells.
 *
 * @param began when it was asked for, by `performance.now()`
 * @throws as `Warehouse.pages`
 */
export async function firstPage(
  warehouse: Warehouse,
  sql: string,
  limit: number,
  began: number,
): Promise<Result> {
  const page = await warehouse.pages({ sql }, limit).next()
  const { fields, rows, totalRows, bytesRead } = page.value as RawAnswer
  return {
    columns: fields.map(fieldShape),
    rows: [...rows],
    total_rows: totalRows,
    bytes_read: bytesRead,
    milliseconds: Math.round(performance.now() - began),
  }
}
