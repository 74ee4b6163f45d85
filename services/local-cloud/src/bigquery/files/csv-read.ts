import { parse } from 'csv-parse/sync'
import { BigQueryError } from '../errors.ts'
import type { Field } from '../values/fields.ts'
import type { BadRecords } from './bad-records.ts'
import type { JsonRow, ReadOptions } from './file-rows.ts'

/**
 * Rows of CSV by the columns of their table. An empty cell is NULL where the column holds no text (docs: loading CSV data).
 *
 * @param bad gets rows that have more or fewer cells than there are columns
 * @throws BigQueryError invalid when it is the row's turn, as `bad` has it
 */
export function* csvRows(
  text: string,
  fields: readonly Field[],
  options: ReadOptions,
  bad: BadRecords,
): Generator<JsonRow> {
  const { skipLeadingRows = 0 } = options
  for (const [index, cells] of csvCells(text, options).slice(skipLeadingRows).entries()) {
    const row = bad.tried(() => rowOfCells(cells, fields, index + 1 + skipLeadingRows, options))
    if (row) yield row
  }
}

/** @param line from 1 */
function rowOfCells(
  cells: readonly string[],
  fields: readonly Field[],
  line: number,
  { nullMarker, allowJaggedRows, ignoreUnknownValues }: ReadOptions,
): JsonRow {
  const tooMany = cells.length > fields.length && !ignoreUnknownValues
  if (tooMany || (cells.length < fields.length && !allowJaggedRows)) {
    const what = `CSV table references column position ${fields.length - 1}, but line contains ${cells.length} columns.`
    const message = `Error while reading data, error message: ${what}; row starting at line ${line}`
    throw new BigQueryError('invalid', message)
  }
  return Object.fromEntries(
    fields.map(({ name, type }, column) => {
      const cell = cells[column]
      const isNull = cell === undefined || cell === nullMarker
      const isText = type === 'STRING' || type === 'BYTES'
      return [name, isNull && !(isText && cell === '' && nullMarker === '') ? null : cell]
    }),
  )
}

/** The cells of each row. @throws BigQueryError invalid */
export function csvCells(text: string, { delimiter, quote }: ReadOptions): readonly (readonly string[])[] {
  try {
    return parse(text, {
      delimiter,
      quote: quote === '' ? null : quote,
      escape: quote === '' ? null : quote,
      relax_column_count: true,
      skip_empty_lines: true,
      bom: true,
    })
  } catch (error) {
    const message = `Error while reading data, error message: ${(error as Error).message}`
    throw new BigQueryError('invalid', message, { cause: error })
  }
}
