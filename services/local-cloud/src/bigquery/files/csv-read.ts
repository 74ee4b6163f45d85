import { parse } from 'csv-parse/sync'
import { BigQueryError } from '../errors.ts'
import type { Field } from '../values/fields.ts'
import type { BadRecords } from './bad-records.ts'
import type { JsonRow, ReadOptions } from './file-rows.ts'

/**
 * Rows of CSV by the columns of their table. A cell in which nothing stands is NULL; `""` is an empty text,
 * and NULL where the column holds none.
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
  for (const [index, cells] of parsed(text, options, unquotedIsNull).slice(skipLeadingRows).entries()) {
    const row = bad.tried(() => rowOfCells(cells, fields, index + 1 + skipLeadingRows, options))
    if (row) yield row
  }
}

/** @param line from 1 */
function rowOfCells(
  cells: readonly Cell[],
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
      if (cell === undefined) return [name, null]
      if (nullMarker !== '') return [name, cell === nullMarker ? null : (cell ?? '')]
      const isText = type === 'STRING' || type === 'BYTES'
      return [name, cell === '' && !isText ? null : cell]
    }),
  )
}

/** A text, or null where nothing stands, no quotes either. */
type Cell = string | null
type Cast = (cell: string, context: { readonly quoting: boolean }) => Cell

const unquotedIsNull: Cast = (cell, { quoting }) => (cell === '' && !quoting ? null : cell)

/** The cells of each row, as texts. @throws BigQueryError invalid */
export function csvCells(text: string, options: ReadOptions): readonly (readonly string[])[] {
  return parsed(text, options) as readonly (readonly string[])[]
}

function parsed(text: string, { delimiter, quote }: ReadOptions, cast?: Cast): readonly (readonly Cell[])[] {
  try {
    const rows: unknown = parse(text, {
      ...(cast && { cast }),
      delimiter,
      quote: quote === '' ? null : quote,
      escape: quote === '' ? null : quote,
      relax_column_count: true,
      skip_empty_lines: true,
      bom: true,
    })
    return rows as readonly (readonly Cell[])[]
  } catch (error) {
    const message = `Error while reading data, error message: ${(error as Error).message}`
    throw new BigQueryError('invalid', message, { cause: error })
  }
}
