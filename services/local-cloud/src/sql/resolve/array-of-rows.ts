import type { Body, Query, Select } from '../tree/tree.ts'
import { coerce, commonType } from '../typing/coerce.ts'
import { arrayOf, duckDb, isEqual } from '../typing/sql-type.ts'
import type { Typed } from '../typing/typed.ts'
import type { Context, Scope } from './scope.ts'

/**
 * `ARRAY(SELECT a.x UNION ALL SELECT a.y)`: rows that are written down one by one, of values around the query. DuckDB gathers them in any
 * order; here each is an array of its own, one behind the other. Undefined for every other query.
 */
export function arrayOfRows(context: Context, query: Query, scope: Scope): Typed | undefined {
  const parts = query.body.kind === 'set' ? partsOf(query) : undefined
  if (!parts) return undefined
  const rows = parts.map((part) => context.query({ ...query, body: part }, scope))
  const types = rows.map(({ columns }) => columns[0]!.type)
  const element = commonType(
    types.map((type) => ({ sql: '', type, ...(type.kind === 'NULL' && { literal: { type: 'NULL' } }) })),
  )
  if (!element || element.kind === 'ARRAY')
    return context.fail('Column 1 in UNION ALL has incompatible types', query.at)
  const type = arrayOf(element)
  const lists = rows.map(({ sql }, index) => {
    const list = `coalesce(ARRAY(${sql}), CAST([] AS ${duckDb(arrayOf(types[index]!))}))`
    if (isEqual(types[index]!, element)) return list
    const one = coerce({ sql: 'each_item', type: types[index]! }, element)
    return `list_transform(${list}, lambda each_item: ${one.sql})`
  })
  return { sql: `flatten([${lists.join(', ')}])`, type }
}

/** SELECTs of one value that read nothing. */
function partsOf({ with: names, orderBy, limit, offset, body }: Query): readonly Select[] | undefined {
  return names.length > 0 || orderBy.length > 0 || limit || offset ? undefined : selectsOf(body)
}

function selectsOf(body: Body): readonly Select[] | undefined {
  if (body.kind === 'query') return partsOf(body.query)
  if (body.kind === 'select')
    return !body.from && !body.as && body.items.length === 1 && body.items[0]!.kind === 'item'
      ? [body]
      : undefined
  if (body.operator !== 'UNION' || !body.all || body.byName) return undefined
  const [left, right] = [selectsOf(body.left), selectsOf(body.right)]
  return left && right && [...left, ...right]
}
