import type { CellValue, Row } from '../bigquery/cells.ts'

/** Comma and quotes by RFC 4180; `;` and tab are what a spreadsheet of another language takes for the end of a cell. */
const NEEDS_QUOTES = /[",;\t\r\n]/
/** What a spreadsheet takes for a formula: whoever wrote an event must not write one into the sheet of who reads it. */
const FORMULA = /^(?:\s*[=+\-@＝＋－＠]|[\t\r\n])/
const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/

/**
 * A line of CSV (RFC 4180). NULL is empty; nested values are JSON; a text that a spreadsheet would run has a ' before it, and quotes
 * around it.
 */
export function csvLine(cells: readonly CellValue[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`
}

function csvCell(cell: CellValue): string {
  if (cell === null) return ''
  const text = typeof cell === 'object' ? JSON.stringify(cell) : String(cell)
  const isFormula = typeof cell === 'string' && FORMULA.test(text) && !NUMBER.test(text)
  const safe = isFormula ? `'${text}` : text
  return isFormula || NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

export function jsonLine(row: Row): string {
  return `${JSON.stringify(row)}\n`
}
