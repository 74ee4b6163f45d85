import { BigQueryError, notImplemented } from '../../bigquery/errors.ts'
import { parseOrderBy, parseWindow } from './calls.ts'
import type { Cursor } from './cursor.ts'
import { parseFrom } from './from.ts'
import { parseGroupBy } from './grouping.ts'
import type { Body, ByName, From, Query, Select, SelectItem } from './tree.ts'

/** A query, as far as pipe operators may stand behind it. */
export function parseQuery(cursor: Cursor): Query {
  const { at } = cursor
  let recursive = false
  let names: Query['with'] = []
  if (cursor.skip('WITH')) {
    recursive = cursor.skip('RECURSIVE')
    names = cursor.list(() => {
      const name = cursor.name()
      cursor.expect('AS')
      return { name, query: cursor.inBrackets(() => cursor.query()) }
    })
  }
  const body = parseBody(cursor)
  const orderBy = parseOrderBy(cursor)
  const limit = cursor.skip('LIMIT') ? cursor.expression() : undefined
  const offset = limit && cursor.skip('OFFSET') ? cursor.expression() : undefined
  return { recursive, with: names, body, orderBy, limit, offset, at }
}

function parseBody(cursor: Cursor): Body {
  let left = parsePart(cursor)
  let first: string | undefined
  for (;;) {
    const { at } = cursor
    const set = parseSetOperator(cursor)
    if (!set) return left
    const own = JSON.stringify(set)
    if (own !== (first ??= own))
      throw new BigQueryError(
        'invalidQuery',
        'Syntax error: Different set operations cannot be used in the same query without using parentheses for grouping',
      )
    left = { kind: 'set', ...set, left, right: parsePart(cursor), at }
  }
}

/** `UNION ALL`, `INTERSECT DISTINCT BY NAME`, …; undefined where none comes. */
export function parseSetOperator(cursor: Cursor) {
  const mode = parseMode(cursor)
  const operator = (['UNION', 'INTERSECT', 'EXCEPT'] as const).find((word) => cursor.skip(word))
  if (!operator && mode) throw cursor.unexpected('keyword UNION, INTERSECT or EXCEPT')
  if (!operator) return undefined
  const all = operator === 'UNION' && cursor.skip('ALL')
  if (!all) cursor.expect('DISTINCT')
  return { operator, all, byName: parseByName(cursor, mode) }
}

/** INNER, FULL [OUTER], LEFT [OUTER] or OUTER before a set operation. */
function parseMode(cursor: Cursor): Exclude<ByName['mode'], 'STRICT'> | undefined {
  const mode = (['INNER', 'FULL', 'LEFT'] as const).find((word) => cursor.skip(word))
  const isOuter = mode !== 'INNER' && cursor.skip('OUTER')
  return mode ?? (isOuter ? 'FULL' : undefined)
}

/** `BY NAME [ON (a, b)]`, `[STRICT] CORRESPONDING [BY (a, b)]` */
function parseByName(cursor: Cursor, mode: ByName['mode'] | undefined): ByName | undefined {
  const list = (word: string) =>
    cursor.skip(word) ? cursor.inBrackets(() => cursor.list(() => cursor.name())) : undefined
  if (cursor.skip('BY', 'NAME')) return { mode: mode ?? 'STRICT', columns: list('ON') }
  const isStrict = cursor.skip('STRICT')
  if (isStrict && mode) throw cursor.unexpected('no STRICT behind another mode')
  if (cursor.skip('CORRESPONDING'))
    return { mode: isStrict ? 'STRICT' : (mode ?? 'INNER'), columns: list('BY') }
  if (isStrict || mode) throw cursor.unexpected('keyword BY NAME or keyword CORRESPONDING')
  return undefined
}

function parsePart(cursor: Cursor): Body {
  if (cursor.isSymbol('(')) return { kind: 'query', query: cursor.inBrackets(() => cursor.query()) }
  const { at } = cursor
  if (!cursor.skip('FROM')) return parseSelect(cursor)
  // all columns: pipe operators come next, as a rule
  const items: SelectItem[] = [{ kind: 'stars', of: undefined, except: [], replace: [], at }]
  return { ...plainSelect(items, parseFrom(cursor), at), keeps: true }
}

/** `SELECT items FROM from` */
export function plainSelect(items: readonly SelectItem[], from: From | undefined, at: number): Select {
  return {
    kind: 'select',
    distinct: false,
    as: undefined,
    items,
    from,
    where: undefined,
    groupBy: [],
    groupAll: false,
    groupingSets: undefined,
    having: undefined,
    qualify: undefined,
    windows: [],
    at,
  }
}

function parseSelect(cursor: Cursor): Select {
  const { at } = cursor
  cursor.expect('SELECT')
  const distinct = cursor.skip('DISTINCT')
  if (!distinct) cursor.skip('ALL')
  let as: Select['as']
  if (cursor.skip('AS', 'STRUCT')) as = 'STRUCT'
  else if (cursor.skip('AS', 'VALUE')) as = 'VALUE'
  else if (cursor.isWord('AS')) throw notImplemented('SELECT AS a type')
  const items = [parseItem(cursor)]
  while (cursor.skipSymbol(',') && !cursor.isWord('FROM')) items.push(parseItem(cursor))
  const from = cursor.skip('FROM') ? parseFrom(cursor) : undefined
  const where = cursor.skip('WHERE') ? cursor.expression() : undefined
  const grouping = parseGroupBy(cursor)
  const having = cursor.skip('HAVING') ? cursor.expression() : undefined
  const qualify = cursor.skip('QUALIFY') ? cursor.expression() : undefined
  const windows = parseWindows(cursor)
  return {
    kind: 'select',
    distinct,
    as,
    items,
    from,
    where,
    ...grouping,
    having,
    qualify,
    windows,
    at,
  }
}

/** `WINDOW name AS (…), …`, where it comes. */
export function parseWindows(cursor: Cursor): Select['windows'] {
  if (!cursor.skip('WINDOW')) return []
  return cursor.list(() => {
    const name = cursor.name()
    cursor.expect('AS')
    return { name, window: parseWindow(cursor) }
  })
}

export function parseItem(cursor: Cursor): SelectItem {
  const { at } = cursor
  if (cursor.skipSymbol('*')) return { kind: 'stars', of: undefined, ...parseStarChanges(cursor), at }
  const path = cursor.attempt(() => {
    const names: string[] = []
    while (cursor.peek()?.kind === 'word' || cursor.peek()?.kind === 'quoted') {
      names.push(cursor.take().text)
      if (!cursor.skipSymbol('.')) return undefined
      if (cursor.skipSymbol('*')) return names
    }
    return undefined
  })
  if (path) return { kind: 'stars', of: { kind: 'path', names: path, at }, ...parseStarChanges(cursor), at }
  const of = cursor.expression()
  if (cursor.isSymbol('.') && cursor.isSymbol('*', 1)) {
    cursor.take()
    cursor.take()
    return { kind: 'stars', of, ...parseStarChanges(cursor), at }
  }
  return { kind: 'item', of, alias: cursor.skip('AS') ? cursor.name() : cursor.optionalName(), at }
}

function parseStarChanges(cursor: Cursor) {
  const except = cursor.skip('EXCEPT') ? cursor.inBrackets(() => cursor.list(() => cursor.name())) : []
  const replace = cursor.skip('REPLACE')
    ? cursor.inBrackets(() =>
        cursor.list(() => {
          const of = cursor.expression()
          cursor.skip('AS')
          return { name: cursor.name(), of }
        }),
      )
    : []
  return { except, replace }
}
