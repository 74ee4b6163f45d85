import { notImplemented } from '../../bigquery/errors.ts'
import { parseOrderBy } from './calls.ts'
import type { Cursor } from './cursor.ts'
import { parseAlias, parseJoin, parseSample } from './from.ts'
import { parsePivot, parseUnpivot } from './pivot.ts'
import { parseItem, parseQuery, parseSetOperator, parseWindows, plainSelect } from './queries.ts'
import type { Expression, From, OrderItem, Query, Select, SelectItem } from './tree.ts'

/** A query, and the pipe operators behind it: each makes another query of what stands before it (docs: pipe query syntax). */
export function parsePipedQuery(cursor: Cursor): Query {
  let query = named(cursor, parseQuery(cursor))
  while (cursor.skipSymbol('|>')) query = parseOperator(cursor, query)
  return query
}

/** `(query) AS t |> …` */
function named(cursor: Cursor, query: Query): Query {
  const { body, orderBy, limit, at } = query
  if (body.kind !== 'query' || orderBy.length > 0 || limit) return query
  const alias = cursor.attempt(() => {
    const name = cursor.skip('AS') ? cursor.name() : undefined
    return cursor.isSymbol('|>') ? name : undefined
  })
  return alias === undefined ? query : rowsOf({ kind: 'query', query, alias, at })
}

type Open = Query & { readonly body: Select }

function parseOperator(cursor: Cursor, query: Query): Query {
  const { at } = cursor
  const word = cursor.peek()?.upper ?? ''
  const join = parseJoin(cursor, () => unfiltered(query).body.from!)
  if (join) return rowsOf(join, unfiltered(query))
  const set = parseSetOperator(cursor)
  if (set) return parseSets(cursor, query, set)
  if (cursor.isWord('ORDER')) {
    const ordered = query.orderBy.length > 0 || query.limit ? opened(query) : query
    return { ...ordered, orderBy: parseOrderBy(cursor) }
  }
  if (cursor.skip('WHERE')) return where(opened(query), cursor.expression())
  if (cursor.skip('SELECT')) return parseSelect(cursor, opened(query))
  if (cursor.skip('EXTEND')) {
    const items = [stars(at), ...parseItems(cursor)]
    return changed(opened(query), items, parseWindows(cursor))
  }
  if (cursor.skip('AGGREGATE')) return parseAggregate(cursor, opened(query))
  if (cursor.skip('DISTINCT')) {
    const all = opened(query)
    return { ...all, body: { ...all.body, distinct: true } }
  }
  if (cursor.skip('LIMIT')) {
    const all = query.limit ? opened(query) : query
    const limit = cursor.expression()
    return { ...all, limit, offset: cursor.skip('OFFSET') ? cursor.expression() : undefined }
  }
  if (cursor.skip('AS')) return rowsOf({ kind: 'query', query, alias: cursor.name(), at })
  if (cursor.skip('SET')) {
    const replace = cursor.list(() => {
      const name = cursor.name()
      cursor.expectSymbol('=')
      return { name, of: cursor.expression() }
    })
    return changed(opened(query), [{ ...stars(at), replace }])
  }
  if (cursor.skip('DROP')) {
    const except = cursor.list(() => cursor.name())
    return changed(opened(query), [{ ...stars(at), except }])
  }
  if (cursor.skip('RENAME')) {
    const rename = cursor.list(() => {
      const name = cursor.name()
      cursor.skip('AS')
      return { name, to: cursor.name() }
    })
    return changed(opened(query), [{ ...stars(at), rename }])
  }
  if (cursor.isWord('TABLESAMPLE')) return sampled(cursor, query)
  const of: From = { kind: 'query', query, alias: undefined, at }
  const alias = () => parseAlias(cursor)
  if (cursor.skip('PIVOT')) return rowsOf({ kind: 'turned', of, by: parsePivot(cursor, alias), at })
  if (cursor.skip('UNPIVOT')) return rowsOf({ kind: 'turned', of, by: parseUnpivot(cursor, alias), at })
  if (cursor.peek()?.kind !== 'word') throw cursor.unexpected('a pipe operator')
  throw notImplemented(`the pipe operator ${word}`)
}

/** `SELECT * FROM …`, and no more than a WHERE behind it: what stands in FROM can be named by what comes next. */
function isOpen(query: Query): query is Open {
  const { body, orderBy, limit } = query
  if (orderBy.length > 0 || limit || body.kind !== 'select' || !body.from) return false
  const { items, groupBy, windows } = body
  const [item] = items
  if (items.length !== 1 || item?.kind !== 'stars' || item.of || item.rename) return false
  return (
    [...item.except, ...item.replace, ...groupBy, ...windows].length === 0 &&
    !body.distinct &&
    body.as === undefined &&
    !body.groupAll &&
    !body.groupingSets &&
    !body.having &&
    !body.qualify
  )
}

const opened = (query: Query): Open => (isOpen(query) ? query : inside(query))

/** The rows of a query, with the names of the tables that it keeps. */
function inside(query: Query): Open {
  const { body, at } = query
  if (body.kind !== 'select' || body.keeps !== true)
    return rowsOf({ kind: 'query', query, alias: undefined, at })
  const giving: Query = { ...query, body: { ...body, gives: true } }
  return rowsOf({ kind: 'query', query: giving, alias: undefined, keeps: true, at })
}

/** What a join may be added to. */
function unfiltered(query: Query): Open {
  const all = opened(query)
  return all.body.where ? inside(all) : all
}

/** @param of whose names of WITH stay */
function rowsOf(from: From, of?: Query): Open {
  const { at } = from
  const body: Select = { ...plainSelect([stars(at)], from, at), keeps: true }
  const none = { recursive: false, with: [], orderBy: [], limit: undefined, offset: undefined, at }
  return { ...(of ?? none), body }
}

const stars = (at: number): SelectItem & { kind: 'stars' } => ({
  kind: 'stars',
  of: undefined,
  except: [],
  replace: [],
  at,
})

const changed = (query: Open, items: readonly SelectItem[], windows: Select['windows'] = []): Open => ({
  ...query,
  body: { ...query.body, items, windows, keeps: true },
})

/** Other columns, and no tables that have names. */
function made({ body, ...query }: Open, other: Partial<Select>): Query {
  const { keeps: _, ...left } = body
  return { ...query, body: { ...left, ...other } }
}

function sampled(cursor: Cursor, query: Query): Query {
  const { from } = opened(query).body
  if (!isOpen(query) || from?.kind !== 'table')
    throw notImplemented('the pipe operator TABLESAMPLE behind what is no table')
  return { ...query, body: { ...query.body, from: { ...from, percent: parseSample(cursor)! } } }
}

function where(query: Open, condition: Expression): Open {
  const { where: before } = query.body
  const both: Expression = before
    ? { kind: 'binary', operator: 'AND', left: before, right: condition, at: condition.at }
    : condition
  return { ...query, body: { ...query.body, where: both } }
}

const parseItems = (cursor: Cursor): SelectItem[] => parseList(cursor, () => parseItem(cursor))

/** A comma may stand behind the last one. */
function parseList<T>(cursor: Cursor, read: () => T): T[] {
  const isEnd = () =>
    !cursor.peek() || ['|>', ')', ';'].some((symbol) => cursor.isSymbol(symbol)) || cursor.isWord('WINDOW')
  const items = [read()]
  while (cursor.skipSymbol(',') && !isEnd() && !cursor.isWord('GROUP')) items.push(read())
  return items
}

function parseSelect(cursor: Cursor, query: Open): Query {
  const distinct = cursor.skip('DISTINCT')
  if (!distinct) cursor.skip('ALL')
  const as = (['STRUCT', 'VALUE'] as const).find((word) => cursor.skip('AS', word))
  if (cursor.isWord('AS')) throw notImplemented('the pipe operator SELECT AS a type')
  const items = parseItems(cursor)
  return made(query, { items, distinct, as, windows: parseWindows(cursor) })
}

/** Keys come first, and each row of the result has others. */
function parseAggregate(cursor: Cursor, query: Open): Query {
  const aggregates = cursor.isWord('GROUP') ? [] : parseList(cursor, () => parseOrdered(cursor, false))
  const isOrdered = cursor.skip('GROUP', 'AND', 'ORDER', 'BY')
  const hasKeys = isOrdered || cursor.skip('GROUP', 'BY')
  const keys = hasKeys ? parseList(cursor, () => parseOrdered(cursor, isOrdered)) : []
  const all = [...keys, ...aggregates]
  if (all.some(({ item }) => item.kind === 'stars' || item.of.kind === 'literal'))
    throw notImplemented('a * or a literal in the pipe operator AGGREGATE')
  const orderBy = all.flatMap(({ item, order }, index) =>
    order ? [{ of: placeOf(index, item.at), ...order }] : [],
  )
  const groupBy = keys.map(({ item }, index) => placeOf(index, item.at))
  return { ...made(query, { items: all.map(({ item }) => item), groupBy }), orderBy }
}

const placeOf = (index: number, at: number): Expression => ({
  kind: 'literal',
  type: 'INT64',
  text: String(index + 1),
  at,
})

/** `SUM(x) AS sum DESC NULLS LAST` */
function parseOrdered(
  cursor: Cursor,
  isOrdered: boolean,
): { readonly item: SelectItem; readonly order: Omit<OrderItem, 'of'> | undefined } {
  const item = parseItem(cursor)
  const descending = cursor.skip('DESC')
  if (!descending && !cursor.skip('ASC') && !isOrdered) return { item, order: undefined }
  const nulls = (['FIRST', 'LAST'] as const).find((word) => cursor.skip('NULLS', word))
  return { item, order: { descending, nulls } }
}

function parseSets(
  cursor: Cursor,
  query: Query,
  set: NonNullable<ReturnType<typeof parseSetOperator>>,
): Query {
  const { at } = cursor
  const others = cursor.list(() => cursor.inBrackets(() => cursor.query()))
  const body = others.reduce<Query['body']>(
    (left, other) => ({ kind: 'set', ...set, left, right: { kind: 'query', query: other }, at }),
    { kind: 'query', query },
  )
  return { recursive: false, with: [], body, orderBy: [], limit: undefined, offset: undefined, at }
}
