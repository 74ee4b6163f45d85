import type { CellValue, Row } from '../bigquery/cells.ts'

const NEEDS_QUOTES = /[",\r\n]/
/** What a spreadsheet takes for a formula: whoever wrote an event must not write one into the sheet of who reads it. */
const FORMULA = /^[=+\-@\t\r]/
const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/

/** A line of CSV (RFC 4180). NULL is empty; nested values are JSON; a text that a spreadsheet would run has a ' before it. */
export function csvLine(cells: readonly CellValue[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`
}

function csvCell(cell: CellValue): string {
  if (cell === null) return ''
  const text = typeof cell === 'object' ? JSON.stringify(cell) : String(cell)
  const safe = typeof cell === 'string' && FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text
  return NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

export function jsonLine(row: Row): string {
  return `${JSON.stringify(row)}\n`
}
