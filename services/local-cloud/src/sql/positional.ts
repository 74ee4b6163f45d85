import type { QueryParameter } from './parameters.ts'
import { tokenize } from './tokens.ts'

/**
 * A script whose `?` have names: they are counted over all of its text, and a statement that comes again in a loop has the same ones.
 */
export function withNames(
  sql: string,
  parameters: readonly QueryParameter[],
): { readonly sql: string; readonly parameters: readonly QueryParameter[] } {
  if (parameters.every(({ name }) => name)) return { sql, parameters }
  let [made, from, count] = ['', 0, 0]
  for (const { kind, text, at = 0 } of tokenize(sql))
    if (kind === 'parameter' && text === '?') {
      made += `${sql.slice(from, at)}@${nameOf(++count)}`
      from = at + 1
    }
  return {
    sql: made + sql.slice(from),
    parameters: parameters.map((parameter, index) => ({ ...parameter, name: nameOf(index + 1) })),
  }
}

const nameOf = (place: number): string => `positional_parameter_${place}`
