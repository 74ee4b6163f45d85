import type { Field, Row } from './bigquery-rest.ts'
import { isNested } from './cell-text.ts'
import { fitted, padded, shown, width } from './screen-text.ts'
import { linesOf } from './tree.ts'

const GAP = '  '
/** A column is not made narrower than this, and a table that would have to be is printed row by row. */
const NARROWEST = 8
const RIGHT = new Set(['INTEGER', 'FLOAT', 'NUMERIC', 'BIGNUMERIC'])

const isRight = (field: Field) => RIGHT.has(field.type) && !isNested(field)

/** Lines of a page of rows, as wide as the screen at most; Infinity where nobody looks at it. */
export type Layout = (rows: readonly Row[]) => string[]

/**
 * How the rows of a result are shown, decided by the first page: a table, nested values as trees, or, where the columns have no room
 * beside each other, one column a line.
 */
export function layoutFor(fields: readonly Field[], first: readonly Row[], screen: number): Layout {
  const names = fields.map(({ name }) => shown(name))
  const natural = names.map((name, at) =>
    Math.max(
      width(name),
      ...first.slice(0, 1000).flatMap((row) => linesOf(fields[at]!, row.f[at]?.v).map(width)),
    ),
  )
  const room = screen - GAP.length * (fields.length - 1)
  if (natural.reduce((sum, each) => sum + Math.min(each, NARROWEST), 0) > room)
    return recordLayout(fields, screen)
  const widths = shares(natural, room)
  let isFirst = true
  return (rows) => {
    const head = isFirst ? headOf(fields, names, widths) : []
    isFirst = false
    return [...head, ...rows.flatMap((row) => tableLines(fields, row, widths))]
  }
}

function headOf(fields: readonly Field[], names: readonly string[], widths: readonly number[]): string[] {
  return [
    names
      .map((name, at) => padded(fitted(name, widths[at]!), widths[at]!, isRight(fields[at]!)))
      .join(GAP)
      .trimEnd(),
    widths.map((columns) => '─'.repeat(columns)).join(GAP),
  ]
}

function tableLines(fields: readonly Field[], row: Row, widths: readonly number[]): string[] {
  const cells = fields.map((field, at) => linesOf(field, row.f[at]?.v))
  const height = Math.max(...cells.map((lines) => lines.length))
  return Array.from({ length: height }, (_, line) =>
    cells
      .map((lines, at) => {
        return padded(fitted(lines[line] ?? '', widths[at]!), widths[at]!, isRight(fields[at]!))
      })
      .join(GAP)
      .trimEnd(),
  )
}

/** Widths whose sum is the room at most: the widest columns give first. */
function shares(natural: readonly number[], room: number): number[] {
  const sum = natural.reduce((total, each) => total + each, 0)
  if (sum <= room) return [...natural]
  let most = Math.max(...natural)
  const taken = (limit: number) => natural.reduce((total, each) => total + Math.min(each, limit), 0)
  while (taken(most) > room) most--
  return natural.map((each) => Math.min(each, most))
}

/** One column a line, for tables that are wider than the screen. */
function recordLayout(fields: readonly Field[], screen: number): Layout {
  const names = fields.map(({ name }) => shown(name))
  const most = Math.min(Math.max(...names.map(width)), Math.floor(screen / 3))
  let count = 0
  return (rows) =>
    rows.flatMap((row) => [
      `── row ${++count} ${'─'.repeat(Math.max(0, Math.min(screen, 60) - 8 - String(count).length))}`,
      ...fields.flatMap((field, at) =>
        linesOf(field, row.f[at]?.v).map((line, index) => {
          const name = padded(index === 0 ? fitted(names[at]!, most) : '', most, false)
          return `${name}${GAP}${fitted(line, screen - most - GAP.length)}`.trimEnd()
        }),
      ),
    ])
}
