import type { QueryParameter } from './parameters.ts'
import { tokenize } from './tokens.ts'

/**
 * A script whose `?` have names: they are counted over all of its text, and a statement that comes again in a loop has the same ones.
 *
 * @returns `original` tells where a place of the new text was in the old one
 */
export function withNames(
  sql: string,
  parameters: readonly QueryParameter[],
): {
  readonly sql: string
  readonly parameters: readonly QueryParameter[]
  readonly original: (at: number) => number
} {
  if (parameters.every(({ name }) => name)) return { sql, parameters, original: (at) => at }
  let [made, from, count] = ['', 0, 0]
  /** Behind each name: where it is now, and where it was. */
  const behind: [now: number, before: number][] = []
  for (const { kind, text, at = 0 } of tokenize(sql))
    if (kind === 'parameter' && text === '?') {
      made += `${sql.slice(from, at)}@${nameOf(++count)}`
      from = at + 1
      behind.push([made.length, from])
    }
  return {
    sql: made + sql.slice(from),
    original: (at) => {
      const [now, before] = behind.findLast(([end]) => end <= at) ?? [0, 0]
      return at - now + before
    },
    parameters: parameters.map((parameter, index) => ({ ...parameter, name: nameOf(index + 1) })),
  }
}

const nameOf = (place: number): string => `positional_parameter_${place}`
