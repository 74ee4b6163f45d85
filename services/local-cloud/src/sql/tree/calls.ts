import { notImplemented } from '../../bigquery/errors.ts'
import type { Cursor } from './cursor.ts'
import type { Call, Expression, Frame, FrameEnd, OrderItem, WindowSpec } from './tree.ts'

/** `name(…)`, `SAFE.name(…)`, with or without OVER; undefined where no call comes. */
export function parseCall(cursor: Cursor): Expression | undefined {
  return cursor.attempt(() => {
    const { at } = cursor
    const names: string[] = []
    do {
      const token = cursor.peek()
      if (token?.kind !== 'word' && token?.kind !== 'quoted') return undefined
      names.push(...cursor.take().text.split('.'))
    } while (cursor.skipSymbol('.'))
    if (!cursor.isSymbol('(')) return undefined
    const safe = names.length > 1 && names[0]!.toUpperCase() === 'SAFE'
    const path = safe ? names.slice(1) : names
    const name = path.join('.').toUpperCase()
    return {
      kind: 'call',
      name,
      path,
      safe,
      at,
      ...parseArguments(cursor),
      over: parseOver(cursor),
    } satisfies Call
  })
}

function parseArguments(cursor: Cursor) {
  return cursor.inBrackets(() => {
    const distinct = cursor.skip('DISTINCT')
    const args = cursor.isSymbol(')') ? [] : cursor.list(() => parseArgument(cursor))
    const nulls = (['IGNORE', 'RESPECT'] as const).find((word) => cursor.skip(word, 'NULLS'))
    let having: Call['having']
    if (cursor.skip('HAVING')) {
      const most = cursor.skip('MAX') ? 'MAX' : 'MIN'
      if (most === 'MIN') cursor.expect('MIN')
      having = { most, of: cursor.expression() }
    }
    const orderBy = parseOrderBy(cursor)
    const limit = cursor.skip('LIMIT') ? cursor.expression() : undefined
    return { distinct, args, nulls, having, orderBy, limit }
  })
}

function parseArgument(cursor: Cursor): Expression {
  const { at } = cursor
  if (cursor.skipSymbol('*')) return { kind: 'star', at }
  if (cursor.startsQuery() && cursor.isWord('SELECT', 'WITH'))
    return { kind: 'subquery', how: 'VALUE', query: cursor.query(), at }
  if (cursor.isSymbol('=>', 1)) {
    const name = cursor.take().text.toLowerCase()
    cursor.expectSymbol('=>')
    return { kind: 'named', name, of: cursor.expression(), at }
  }
  return cursor.expression()
}

export function parseOrderBy(cursor: Cursor): OrderItem[] {
  if (!cursor.skip('ORDER', 'BY')) return []
  return cursor.list(() => {
    const of = cursor.expression()
    if (cursor.isWord('COLLATE')) throw notImplemented('COLLATE in ORDER BY')
    const descending = cursor.skip('DESC')
    if (!descending) cursor.skip('ASC')
    const nulls = (['FIRST', 'LAST'] as const).find((word) => cursor.skip('NULLS', word))
    return { of, descending, nulls }
  })
}

const parseOver = (cursor: Cursor): WindowSpec | undefined =>
  cursor.skip('OVER') ? parseWindow(cursor) : undefined

/** `(base PARTITION BY … ORDER BY … ROWS …)`, or the name of a window. */
export function parseWindow(cursor: Cursor): WindowSpec {
  if (!cursor.isSymbol('(')) return { base: cursor.name(), partitionBy: [], orderBy: [], frame: undefined }
  return cursor.inBrackets(() => {
    const base = cursor.isWord('PARTITION', 'ORDER', 'ROWS', 'RANGE') ? undefined : cursor.optionalName()
    const partitionBy = cursor.skip('PARTITION', 'BY') ? cursor.list(() => cursor.expression()) : []
    return { base, partitionBy, orderBy: parseOrderBy(cursor), frame: parseFrame(cursor) }
  })
}

function parseFrame(cursor: Cursor): Frame | undefined {
  const unit = (['ROWS', 'RANGE'] as const).find((word) => cursor.skip(word))
  if (!unit) return undefined
  if (!cursor.skip('BETWEEN')) return { unit, from: parseFrameEnd(cursor), to: undefined }
  const from = parseFrameEnd(cursor)
  cursor.expect('AND')
  return { unit, from, to: parseFrameEnd(cursor) }
}

function parseFrameEnd(cursor: Cursor): FrameEnd {
  for (const end of ['UNBOUNDED PRECEDING', 'UNBOUNDED FOLLOWING', 'CURRENT ROW'])
    if (cursor.skip(...end.split(' '))) return end
  const offset = cursor.expression()
  if (cursor.skip('PRECEDING')) return { offset, side: 'PRECEDING' }
  cursor.expect('FOLLOWING')
  return { offset, side: 'FOLLOWING' }
}
