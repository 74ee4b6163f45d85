import { parse } from 'csv-parse/sync'
import type { CsvShape } from './records.ts'

export type Cells = readonly (string | undefined)[]
type CellShape = Pick<CsvShape, 'delimiter' | 'quote'>

/**
 * The cells of each row. An empty cell is undefined, but for one with quotes: that is an empty text.
 *
 * @throws CsvError where quotes stand where RFC 4180 has none
 */
export function cellsOf(text: string, { delimiter, quote }: CellShape, newline: string): Cells[] {
  const common = {
    delimiter,
    quote,
    escape: quote,
    record_delimiter: newline === '\r' ? ['\r'] : ['\r\n', '\n'],
    relax_column_count: true,
    skip_empty_lines: true,
  }
  // a function that is asked of each cell takes longer than all of the rest
  if (text.includes(quote + quote))
    return parse(text, {
      ...common,
      cast: (cell, { quoting }) => (cell === '' && !quoting ? undefined : cell),
    })
  const rows = parse(text, common) as (string | undefined)[][]
  for (const row of rows) for (let at = 0; at < row.length; at++) if (row[at] === '') row[at] = undefined
  return rows
}
