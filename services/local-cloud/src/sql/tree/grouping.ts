import type { Cursor } from './cursor.ts'
import type { Expression, Select } from './tree.ts'

type Grouping = Pick<Select, 'groupBy' | 'groupAll' | 'groupingSets'>

export function parseGroupBy(cursor: Cursor): Grouping {
  const none = { groupBy: [], groupAll: false, groupingSets: undefined }
  if (!cursor.skip('GROUP', 'BY')) return none
  if (cursor.skip('ALL')) return { ...none, groupAll: true }
  const groupBy: Expression[] = []
  const groupingSets = parseSets(cursor, groupBy)
  if (groupingSets) return { ...none, groupBy, groupingSets }
  const isOne = cursor.isSymbol('(') && cursor.isSymbol(')', 1)
  if (isOne) return { ...none, groupingSets: [parseItem(cursor, groupBy)] }
  return { ...none, groupBy: cursor.list(() => cursor.expression()) }
}

/** More make no sense (BigQuery has limits of its own: query syntax, GROUP BY CUBE). */
const MOST_SETS = 4096

/** @param groupBy gets the items that the sets are made of */
function parseSets(cursor: Cursor, groupBy: Expression[]): readonly (readonly number[])[] | undefined {
  const { at } = cursor
  const sets = ((): (readonly number[])[] | undefined => {
    if (cursor.skip('ROLLUP')) {
      const items = parseItems(cursor, groupBy)
      return Array.from({ length: items.length + 1 }, (_, left) => items.slice(0, items.length - left).flat())
    }
    if (cursor.skip('CUBE')) {
      const items = parseItems(cursor, groupBy)
      if (2 ** items.length > MOST_SETS) throw cursor.unexpected(`at most 12 items of CUBE (at ${at})`)
      return subsets(items)
    }
    if (!cursor.skip('GROUPING', 'SETS')) return undefined
    return cursor.inBrackets(() =>
      cursor.list(() => parseSets(cursor, groupBy) ?? [parseItem(cursor, groupBy)]).flat(),
    )
  })()
  if (sets && sets.length > MOST_SETS) throw cursor.unexpected(`at most ${MOST_SETS} grouping sets`)
  return sets
}

const parseItems = (cursor: Cursor, groupBy: Expression[]): (readonly number[])[] =>
  cursor.inBrackets(() => cursor.list(() => parseItem(cursor, groupBy)))

/** `a`, `(a, b)`, `()` */
function parseItem(cursor: Cursor, groupBy: Expression[]): readonly number[] {
  const add = (item: Expression): number => groupBy.push(item) - 1
  const isEmpty = cursor.isSymbol('(') && cursor.isSymbol(')', 1)
  if (isEmpty) {
    cursor.inBrackets(() => undefined)
    return []
  }
  const item = cursor.expression()
  // several in brackets are no struct here
  if (
    item.kind === 'struct' &&
    item.type === undefined &&
    item.fields.every(({ name }) => name === undefined)
  )
    return item.fields.map(({ of }) => add(of))
  return [add(item)]
}

/** All of them first, none of them last. */
function subsets(items: readonly (readonly number[])[]): (readonly number[])[] {
  const [first, ...rest] = items
  if (!first) return [[]]
  const without = subsets(rest)
  return [...without.map((set) => [...first, ...set]), ...without]
}
