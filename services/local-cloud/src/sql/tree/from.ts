import { notImplemented } from '../../bigquery/errors.ts'
import { TABLE_FUNCTIONS_ELSEWHERE } from '../elsewhere.ts'
import type { Cursor } from './cursor.ts'
import { parsePivot, parseUnpivot } from './pivot.ts'
import type { Expression, From, TableArgument } from './tree.ts'

/** Words that are names elsewhere and begin a clause behind a table. */
const CLAUSES = ['PIVOT', 'UNPIVOT', 'TABLESAMPLE', 'MATCH_RECOGNIZE']

/** Commas and joins from left to right (query syntax: sequences of joins). */
export function parseFrom(cursor: Cursor): From {
  let left = parseTableOrQuery(cursor)
  let comma = false
  for (;;) {
    const { at } = cursor
    const before = left
    if (cursor.skipSymbol(',')) {
      comma = true
      left = {
        kind: 'join',
        how: 'CROSS',
        left,
        right: parseTableOrQuery(cursor),
        on: undefined,
        using: [],
        at,
      }
      continue
    }
    if (comma && cursor.isWord('RIGHT', 'FULL'))
      throw cursor.unexpected('no RIGHT or FULL JOIN behind a comma without brackets around it,')
    const joined = parseJoin(cursor, () => before) ?? (comma ? undefined : parseLateCondition(cursor, before))
    if (!joined) return left
    left = joined
  }
}

/** `a JOIN b JOIN c ON … ON …` is `a JOIN (b JOIN c ON …) ON …` (query syntax: sequences of joins). */
function parseLateCondition(cursor: Cursor, from: From): From | undefined {
  if (!cursor.isWord('ON', 'USING')) return undefined
  const later: Join[] = []
  let open = from
  while (open.kind === 'join' && !lacksCondition(open)) {
    later.unshift(open)
    open = open.left
  }
  if (open.kind !== 'join' || later.length === 0) return undefined
  const right = later.reduce<From>((left, join) => ({ ...join, left }), open.right)
  return { ...open, right, ...parseCondition(cursor) }
}

type Join = From & { readonly kind: 'join' }

const lacksCondition = ({ how, on, using }: Join): boolean => how !== 'CROSS' && !on && using.length === 0

function parseCondition(cursor: Cursor): Pick<Join, 'on' | 'using'> {
  const on = cursor.skip('ON') ? cursor.expression() : undefined
  const using = !on && cursor.skip('USING') ? cursor.inBrackets(() => cursor.list(() => cursor.name())) : []
  return { on, using }
}

/** A join with what stands before it; undefined where none comes. */
export function parseJoin(cursor: Cursor, before: () => From): From | undefined {
  const { at } = cursor
  const how = joinOf(cursor)
  if (!how) return undefined
  const left = before()
  const right = parseTableOrQuery(cursor)
  if (how === 'CROSS' && cursor.isWord('ON', 'USING')) throw cursor.unexpected()
  const { on, using } = parseCondition(cursor)
  return { kind: 'join', how, left, right, on, using, at }
}

function joinOf(cursor: Cursor): Join['how'] | undefined {
  if (cursor.isWord('NATURAL')) throw notImplemented('NATURAL JOIN')
  if (cursor.skip('JOIN') || cursor.skip('INNER', 'JOIN')) return 'INNER'
  if (cursor.skip('CROSS', 'JOIN')) return 'CROSS'
  for (const how of ['LEFT', 'RIGHT', 'FULL'] as const)
    if (cursor.skip(how, 'JOIN') || cursor.skip(how, 'OUTER', 'JOIN')) return how
  return undefined
}

/** What stands between commas and joins. */
export function parseTableOrQuery(cursor: Cursor): From {
  let from = parsePlain(cursor)
  for (;;) {
    const { at } = cursor
    const alias = () => parseAlias(cursor)
    const isPivot = cursor.isWord('PIVOT') && cursor.isSymbol('(', 1)
    if (isPivot) cursor.take()
    else if (!cursor.skip('UNPIVOT')) return from
    const by = isPivot ? parsePivot(cursor, alias) : parseUnpivot(cursor, alias)
    from = { kind: 'turned', of: from, by, at }
  }
}

function parsePlain(cursor: Cursor): From {
  const { at } = cursor
  if (cursor.skip('UNNEST')) {
    const of = cursor.inBrackets(() => cursor.expression())
    const alias = parseAlias(cursor)
    const place = parsePlace(cursor)
    return { kind: 'unnest', of, alias, place, at }
  }
  if (cursor.isSymbol('(')) {
    if (!cursor.startsQuery(1)) return cursor.inBrackets(() => parseFrom(cursor))
    const query = cursor.inBrackets(() => cursor.query())
    return { kind: 'query', query, alias: parseAlias(cursor), at }
  }
  const path = parseTablePath(cursor)
  if (cursor.isSymbol('(')) return parseTableCall(cursor, path, at)
  refuse(cursor)
  let asOf = parseSystemTime(cursor)
  const alias = parseAlias(cursor)
  refuse(cursor)
  asOf ??= parseSystemTime(cursor)
  const place = parsePlace(cursor)
  const percent = parseSample(cursor)
  return {
    kind: 'table',
    path,
    alias,
    ...(place !== undefined && { place }),
    ...(percent && { percent }),
    ...(asOf !== undefined && { asOf }),
    at,
  }
}

/** `d.f(1, 'x') AS t` */
function parseTableCall(cursor: Cursor, path: readonly string[], at: number): From {
  const upper = path.join('.').toUpperCase()
  if (TABLE_FUNCTIONS_ELSEWHERE.has(upper)) throw notImplemented(`the table function ${upper}`)
  const args = cursor.inBrackets(() =>
    cursor.isSymbol(')') ? [] : cursor.list(() => parseTableArgument(cursor, path.join('.'))),
  )
  refuse(cursor)
  const alias = parseAlias(cursor)
  refuse(cursor)
  return { kind: 'function', path, args, alias, at }
}

/** Functions that take the rows of a query in brackets; for others it gives a value. */
const OF_ROWS = ['GAP_FILL', 'RANGE_SESSIONIZE']

/** `1`, `x => 1`, `TABLE d.t`, `(SELECT …)` */
function parseTableArgument(cursor: Cursor, called: string): TableArgument {
  const { at } = cursor
  let name: string | undefined
  if (cursor.isSymbol('=>', 1)) {
    name = cursor.name().toUpperCase()
    cursor.expectSymbol('=>')
  }
  if (cursor.isWord('MODEL')) throw notImplemented(`a MODEL as an argument of ${called}`)
  if (cursor.skip('TABLE')) {
    const table: From = { kind: 'table', path: parseTablePath(cursor), alias: undefined, at }
    return { name, of: undefined, table, at }
  }
  if (!OF_ROWS.includes(called.toUpperCase()) || !cursor.isSymbol('(') || !cursor.startsQuery(1))
    return { name, of: cursor.expression(), table: undefined, at }
  const query = cursor.inBrackets(() => cursor.query())
  return { name, of: undefined, table: { kind: 'query', query, alias: undefined, at }, at }
}

/** `WITH OFFSET [AS] alias`, behind an array. */
function parsePlace(cursor: Cursor): string | undefined {
  return cursor.skip('WITH', 'OFFSET') ? (parseAlias(cursor) ?? 'offset') : undefined
}

/** `TABLESAMPLE SYSTEM (10 PERCENT)` */
export function parseSample(cursor: Cursor): Expression | undefined {
  if (!cursor.skip('TABLESAMPLE')) return undefined
  cursor.expect('SYSTEM')
  return cursor.inBrackets(() => {
    const percent = cursor.expression()
    cursor.expect('PERCENT')
    return percent
  })
}

/** Milliseconds since 1970, which stand there where `withSystemTimes` has found them. */
function parseSystemTime(cursor: Cursor): number | undefined {
  if (!cursor.skip('FOR', 'SYSTEM_TIME', 'AS', 'OF')) return undefined
  const token = cursor.take()
  if (token.kind !== 'number') throw notImplemented('FOR SYSTEM_TIME AS OF in a view')
  return Number(token.text)
}

function refuse(cursor: Cursor): void {
  if (cursor.isWord('MATCH_RECOGNIZE') && cursor.isSymbol('(', 1)) throw notImplemented('MATCH_RECOGNIZE')
}

export function parseAlias(cursor: Cursor): string | undefined {
  if (cursor.skip('AS')) return cursor.name()
  if (CLAUSES.some((word) => cursor.isWord(word))) return undefined
  return cursor.optionalName()
}

/** `project.dataset.table`, in one backtick name, in several, or with the dashes that project ids may have. */
export function parseTablePath(cursor: Cursor): string[] {
  const parts: string[] = []
  do {
    const token = cursor.peek()
    if (token?.kind !== 'quoted' && token?.kind !== 'word') throw cursor.unexpected('a table name')
    if (parts.length === 0 && token.kind === 'word') cursor.name()
    else cursor.take()
    let part = token.text
    while (
      token.kind === 'word' &&
      cursor.isSymbol('-') &&
      ['word', 'number'].includes(cursor.peek(1)?.kind ?? '')
    ) {
      cursor.take()
      part += `-${cursor.take().text}`
    }
    parts.push(...(token.kind === 'quoted' ? part.split(/[.:]/) : [part]))
  } while (cursor.skipSymbol('.'))
  return parts
}
