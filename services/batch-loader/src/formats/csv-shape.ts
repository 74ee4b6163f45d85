import { CsvTypes, type CsvType } from './csv-types.ts'
import { cellsOf, type Cells } from './csv-cells.ts'
import type { CsvShape } from './records.ts'

/** What the caller knows of a file: it is not looked for. */
export interface CsvHints {
  /** Names of the columns, for a file that has none. */
  readonly columns?: readonly string[] | undefined
  readonly delimiter?: string | undefined
  readonly quote?: string | undefined
  /** Whether the first row is the names of the columns. */
  readonly header?: boolean | undefined
}

const DELIMITERS = [',', ';', '\t', '|'] as const
/** Rows that are looked at. */
const MOST_ROWS = 500

/**
 * How a file of CSV is written, by its first rows.
 *
 * @param text whole lines
 */
export function csvShape(text: string, newline: '\n' | '\r', hints: CsvHints = {}): CsvShape {
  const sample = text.split(newline, MOST_ROWS).join(newline)
  const quote = hints.quote ?? quoteOf(sample)
  const ways = (hints.delimiter === undefined ? DELIMITERS : [hints.delimiter]).map((delimiter) => {
    const rows = rowsOf(sample, delimiter, quote, newline)
    return { delimiter, rows, ...agreement(rows) }
  })
  // the most rows that agree about how many fields there are; of those that agree alike, the most fields
  const best = ways.reduce((one, other) => (other.score > one.score ? other : one))
  const { rows, delimiter, width } = best
  const names = hints.columns
  const isNamed = names !== undefined && hints.header !== true && !isSame(rows[0], names)
  const hasHeader = hints.header ?? (isNamed ? false : isHeader(rows, width))
  const found = hasHeader && rows[0] ? rows[0] : Array.from({ length: width }, () => undefined)
  return { columns: names ?? named(found), hasHeader, delimiter, quote }
}

function rowsOf(text: string, delimiter: string, quote: string, newline: string): Cells[] {
  try {
    return cellsOf(text, { delimiter, quote }, newline)
  } catch {
    // a stray quote: the lines before and behind it tell as much, one by one
    return text.split(newline).flatMap((line) => {
      try {
        return cellsOf(line, { delimiter, quote }, newline)
      } catch {
        return []
      }
    })
  }
}

function agreement(rows: readonly Cells[]): { readonly width: number; readonly score: number } {
  const counts = new Map<number, number>()
  for (const { length } of rows) counts.set(length, (counts.get(length) ?? 0) + 1)
  const [width = 1, count = 0] = [...counts].toSorted((one, other) => other[1] - one[1])[0] ?? []
  const share = rows.length === 0 ? 0 : count / rows.length
  return { width, score: width === 1 ? 0 : share + Math.min(width, 1000) / 10_000 }
}

/**
 * What ends the lines: \r where it stands alone outside of quotes and \n does not, as Excel on a Mac writes it, with \n for the lines of a
 * cell; else \n, also behind \r.
 */
export function newlineOf(text: string, quote = quoteOf(text)): '\n' | '\r' {
  if (!text.includes('\r')) return '\n'
  if (!text.includes('\n')) return '\r'
  const outside = text.split(quote).filter((_, at) => at % 2 === 0)
  return outside.some((piece) => /\r(?!\n)/.test(piece)) && !outside.some((piece) => piece.includes('\n'))
    ? '\r'
    : '\n'
}

/** Single quotes, where no field begins with a double one and fields stand between them. */
function quoteOf(text: string): string {
  if (/(?:^|[,;\t|\r\n])"/.test(text)) return '"'
  const quoted = text.match(/(?:^|[,;\t|\r\n])'[^'\r\n]*'(?=[,;\t|\r\n]|$)/g)
  return quoted && quoted.length > 1 ? "'" : '"'
}

/** Names are text. The rows below may be text as well where each is its own; of equal ones nobody knows, but that a column is no text. */
function isHeader(rows: readonly Cells[], width: number): boolean {
  const [first, ...others] = rows
  if (!first || first.length !== width) return false
  const cells = first.filter((cell) => cell !== undefined)
  if (cells.length === 0 || !typesOf([first]).every(isText)) return false
  if (new Set(cells).size === cells.length) return true
  const below = typesOf(others.filter(({ length }) => length === width))
  return below.some((type, at) => first[at] !== undefined && !isText(type))
}

const isText = (type: CsvType | undefined) => type === undefined || type === 'STRING'

function typesOf(rows: readonly Cells[]): (CsvType | undefined)[] {
  const types = new CsvTypes(rows[0]?.length ?? 0)
  for (const cells of rows) types.take(cells)
  return types.types()
}

function named(cells: readonly (string | undefined)[]): string[] {
  const taken = new Set<string>()
  return cells.map((cell, at) => {
    const name = cell?.trim() || `column_${at + 1}`
    let free = name
    for (let count = 2; taken.has(free); count++) free = `${name}_${count}`
    taken.add(free)
    return free
  })
}

function isSame(row: Cells | undefined, names: readonly string[]): boolean {
  return row?.length === names.length && row.every((cell, at) => cell?.trim() === names[at])
}
