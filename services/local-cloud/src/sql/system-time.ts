import { Cursor } from './tree/cursor.ts'
import { parseExpression } from './tree/expressions.ts'
import { parsePipedQuery } from './tree/pipes.ts'

const WORDS = ['FOR', 'SYSTEM_TIME', 'AS', 'OF']

/**
 * A statement in which FOR SYSTEM_TIME AS OF is followed by a number, of milliseconds since 1970, instead of an expression: its value must
 * be known before tables are looked up.
 *
 * @param millisOf the value of a TIMESTAMP
 */
export async function withSystemTimes(
  sql: string,
  millisOf: (expression: string) => Promise<string>,
): Promise<string> {
  if (!/\bSYSTEM_TIME\b/i.test(sql)) return sql
  const cursor = new Cursor(sql, { expression: parseExpression, query: parsePipedQuery })
  let [made, from] = ['', 0]
  while (cursor.peek()) {
    if (!cursor.skip(...WORDS)) {
      cursor.take()
      continue
    }
    const { at } = cursor
    cursor.expression()
    const expression = sql.slice(at, cursor.at).trimEnd()
    made += `${sql.slice(from, at)}${await millisOf(expression)}`
    from = at + expression.length
  }
  return made + sql.slice(from)
}
