import { once } from '../once.ts'
import type { Expression } from '../tree/tree.ts'
import { coerce, distance } from '../typing/coerce.ts'
import { arrayOf, BOOL, spelling, STRING } from '../typing/sql-type.ts'
import type { Typed } from '../typing/typed.ts'
import { like } from './operators.ts'
import type { Context, Scope } from './scope.ts'

/**
 * `a LIKE ANY UNNEST(array)`, `a NOT LIKE ALL (SELECT …)`: what OR or AND make of the patterns one by one, so of none FALSE or TRUE (the
 * documentation says FALSE of ALL of an empty array, and Google's tests TRUE).
 *
 * @throws BigQueryError where no signature fits
 */
export function likePatterns(
  context: Context,
  { left, array, isAll, not, at }: Expression & { kind: 'patterns' },
  scope: Scope,
): Typed {
  const value = context.expression(left, scope)
  const patterns = context.expression(array, scope)
  const element = value.type.kind === 'BYTES' ? value.type : STRING
  const isArray = distance(patterns, arrayOf(element)) !== undefined
  const one = isArray ? like(value, { sql: 'each_pattern', type: element }) : undefined
  if (!one)
    return context.fail(
      `No matching signature for operator LIKE for argument types: ${spelling(value.type)}, ${spelling(patterns.type)}`,
      at,
    )
  const matches = `list_transform(${coerce(patterns, arrayOf(element)).sql}, lambda each_pattern: ${not ? 'NOT ' : ''}${one.sql})`
  const [decides, otherwise] = isAll ? ['FALSE', 'TRUE'] : ['TRUE', 'FALSE']
  const sql = once(
    matches,
    (made) =>
      `(CASE WHEN list_contains(${made}, ${decides}) THEN ${decides} WHEN list_count(${made}) < len(${made}) THEN NULL ELSE ${otherwise} END)`,
  )
  return { sql, type: BOOL }
}
