import { BIGINT, VARCHAR, type DuckDBScalarFunction } from '@duckdb/node-api'
import { scalarFunction } from './scalar-function.ts'

const SEVERAL =
  'Regular expressions passed into extraction functions must not have more than 1 capturing group'

/** What patterns are looked at for that are no literals. The matching itself is DuckDB's: it has RE2, as BigQuery does. */
export function regexpFunctions(): DuckDBScalarFunction[] {
  return [
    scalarFunction('group_of_pattern', [VARCHAR, BIGINT, BIGINT], BIGINT, (pattern, position, occurrence) =>
      BigInt(groupFrom(pattern as string, position as bigint, occurrence as bigint)),
    ),
    scalarFunction('checked_rewrite', [VARCHAR, VARCHAR], VARCHAR, (pattern, by) =>
      checkedRewrite(pattern as string, by as string),
    ),
    scalarFunction('pattern_of_place', [VARCHAR, BIGINT], VARCHAR, (pattern, occurrence) =>
      patternOfPlace(pattern as string, occurrence as bigint),
    ),
  ]
}

/** Capturing groups: where each begins and ends, and in how many brackets it is. */
interface Group {
  readonly from: number
  readonly to: number
  readonly depth: number
  /** How many characters open it: `(`, `(?P<name>`. */
  readonly open: number
}

function groupsIn(pattern: string): readonly Group[] {
  const groups: Group[] = []
  const open: { from: number; size: number }[] = []
  for (let at = 0; at < pattern.length; at++) {
    if (pattern.startsWith('\\Q', at)) {
      const end = pattern.indexOf('\\E', at)
      at = end < 0 ? pattern.length : end + 1
    } else if (pattern[at] === '\\') at++
    else if (pattern[at] === '[') at = endOfClass(pattern, at)
    else if (pattern[at] === '(') {
      const named = /^\(\?P?<\w+>/.exec(pattern.slice(at))?.[0]
      open.push({ from: at, size: named?.length ?? (pattern[at + 1] === '?' ? 0 : 1) })
    } else if (pattern[at] === ')') {
      const group = open.pop()
      if (group && group.size > 0)
        groups.push({ from: group.from, to: at, depth: open.length, open: group.size })
    }
  }
  return groups
}

/** Where the `]` is that closes a class of characters. */
function endOfClass(pattern: string, from: number): number {
  let at = from + 1
  if (pattern[at] === '^') at++
  if (pattern[at] === ']') at++
  for (; at < pattern.length && pattern[at] !== ']'; at++) {
    if (pattern[at] === '\\') at++
    else if (pattern.startsWith('[:', at)) at = Math.max(at, pattern.indexOf(':]', at) + 1)
  }
  return at
}

/** What is taken of a match: its one group, or 0 for all of it. @throws Error for a pattern with several */
export function groupOf(pattern: string): number {
  const count = groupsIn(pattern).length
  if (count > 1) throw new Error(SEVERAL)
  return count
}

/** What REGEXP_REPLACE puts in. @throws Error where it names a group that the pattern does not have */
export function checkedRewrite(pattern: string, by: string): string {
  const count = groupsIn(pattern).length
  for (const [, next] of by.matchAll(/\\([\s\S]?)/g))
    if (next !== '\\' && !(/^\d$/.test(next!) && Number(next) <= count))
      throw new Error(`Invalid rewrite string of REGEXP_REPLACE: \\${next} (the pattern has ${count} groups)`)
  return by
}

/** Whether a pattern asks for what stands before the place where the search begins. */
export const looksBack = (pattern: string): boolean =>
  /\^|\\[bBA]|\(\?[a-zA-Z]*m/.test(pattern.replaceAll('[^', '['))

function groupFrom(pattern: string, position: bigint, occurrence: bigint): number {
  if (position < 1n || occurrence < 1n)
    throw new Error('position and occurrence of a regular expression must be 1 or more')
  if (position > 1n && looksBack(pattern))
    throw new Error(
      'local-cloud knows no search from a position on with a pattern that asks for what stands before it',
    )
  return groupOf(pattern)
}

/**
 * A pattern whose first group is all that stands before what is found for so manieth a time, and whose second is that itself.
 *
 * @throws Error for a pattern with a group that only sometimes takes part, or with flags in its midst
 */
function patternOfPlace(pattern: string, occurrence: bigint): string {
  const flags = /^(?:\(\?[ims]+\))*/.exec(pattern)![0]
  const rest = pattern.slice(flags.length)
  if (/\(\?[a-zA-Z-]*\)|\(\?[a-zA-Z]*U/.test(rest))
    throw new Error('local-cloud knows no REGEXP_INSTR of a pattern with flags in its midst')
  if (occurrence > 1000n) throw new Error('local-cloud knows no REGEXP_INSTR of an occurrence beyond 1000')
  const [group] = groupsIn(rest)
  const plain = group ? `${rest.slice(0, group.from)}(?:${rest.slice(group.from + group.open)}` : rest
  const before = occurrence > 1n ? `(?:(?s:.*?)(?:${plain})){${occurrence - 1n}}` : ''
  if (!group) return `${flags}\\A(${before}(?s:.*?))(${plain})`
  const [head, tail] = [rest.slice(0, group.from), rest.slice(group.to + 1)]
  if (group.depth > 0 || hasChoice(head) || hasChoice(tail) || /^[*+?{]/.test(tail))
    throw new Error('local-cloud knows no REGEXP_INSTR of a group that only sometimes takes part')
  return `${flags}\\A(${before}(?s:.*?)${head})(${rest.slice(group.from + group.open, group.to)})${tail}`
}

/** Whether `|` stands outside of brackets. */
function hasChoice(pattern: string): boolean {
  let depth = 0
  for (let at = 0; at < pattern.length; at++) {
    if (pattern[at] === '\\') at++
    else if (pattern[at] === '[') at = endOfClass(pattern, at)
    else if (pattern[at] === '(') depth++
    else if (pattern[at] === ')') depth--
    else if (pattern[at] === '|' && depth === 0) return true
  }
  return false
}
