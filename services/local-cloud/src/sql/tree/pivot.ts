import { parsePath } from './primary.ts'
import type { Cursor } from './cursor.ts'
import type { Expression, Pivot, Unpivot } from './tree.ts'

/** `PIVOT(SUM(x) AS a, … FOR column IN (1 AS one, …)) [AS alias]`, without its first word. */
export function parsePivot(cursor: Cursor, alias: () => string | undefined): Pivot {
  const { at } = cursor
  const parts = cursor.inBrackets(() => {
    const aggregates = cursor.list(() => ({ of: cursor.expression(), alias: aliasOf(cursor) }))
    cursor.expect('FOR')
    const column = parsePath(cursor)
    cursor.expect('IN')
    const values = cursor.inBrackets(() =>
      cursor.list(() => ({ of: cursor.expression(), alias: aliasOf(cursor) })),
    )
    return { aggregates, column, values }
  })
  return { kind: 'pivot', ...parts, alias: alias(), at }
}

function aliasOf(cursor: Cursor): string | undefined {
  return cursor.skip('AS') ? cursor.name() : cursor.isWord('FOR') ? undefined : cursor.optionalName()
}

/** `UNPIVOT [INCLUDE NULLS] (value FOR name IN (a, b AS 'x'))`, without its first word. */
export function parseUnpivot(cursor: Cursor, alias: () => string | undefined): Unpivot {
  const { at } = cursor
  const withNulls = cursor.skip('INCLUDE', 'NULLS')
  if (!withNulls) cursor.skip('EXCLUDE', 'NULLS')
  const parts = cursor.inBrackets(() => {
    const values = namesOf(cursor)
    cursor.expect('FOR')
    const name = cursor.name()
    cursor.expect('IN')
    const sets = cursor.inBrackets(() =>
      cursor.list(() => {
        const columns = namesOf(cursor)
        const label: Expression | undefined =
          cursor.skip('AS') || isLabel(cursor) ? cursor.expression() : undefined
        return { columns, label }
      }),
    )
    return { values, name, sets }
  })
  return { kind: 'unpivot', ...parts, withNulls, alias: alias(), at }
}

const isLabel = (cursor: Cursor): boolean => ['text', 'number'].includes(cursor.peek()?.kind ?? '')

/** A name, or several in brackets. */
function namesOf(cursor: Cursor): string[] {
  if (!cursor.isSymbol('(')) return [cursor.name()]
  return cursor.inBrackets(() => cursor.list(() => cursor.name()))
}
