import { AGGREGATES, NUMBERING } from './aggregates.ts'
import { ARRAYS } from './arrays.ts'
import { BIG_NUMBERS } from './big-numbers.ts'
import { BYTES, NET, SKETCHES } from './bytes.ts'
import { GEOGRAPHIES } from './geographies.ts'
import { JSON_FUNCTIONS } from './json.ts'
import { NUMBERS } from './numbers.ts'
import { RANGES } from './ranges.ts'
import { REGEXPS } from './regexps.ts'
import type { Signature } from './signature.ts'
import { STRINGS } from './strings.ts'
import { TIMES } from './times.ts'

const GROUPS = [
  NUMBERS,
  BIG_NUMBERS,
  STRINGS,
  BYTES,
  REGEXPS,
  NET,
  SKETCHES,
  JSON_FUNCTIONS,
  ARRAYS,
  TIMES,
  GEOGRAPHIES,
  RANGES,
]

/** Functions that the resolver knows itself: their types follow rules of their own. */
export const SPECIAL = ['IF', 'IFNULL', 'COALESCE', 'NULLIF', 'GREATEST', 'LEAST', 'ERROR', 'GROUPING']

/** All signatures of a function, or undefined where there is none of this name. */
export function signaturesOf(name: string): readonly Signature[] | undefined {
  const found = GROUPS.flatMap((group) => group.get(name) ?? [])
  return found.length > 0 ? found : undefined
}

/** Functions that the resolver knows in `resolve/text-analysis.ts`: some of their arguments have names. */
export const TEXT_ANALYSIS = ['SEARCH', 'TEXT_ANALYZE', 'BAG_OF_WORDS']

/** Every function that is known, in the order of the alphabet. */
export function knownFunctions(): string[] {
  const named = GROUPS.flatMap((group) => [...group.keys()])
  return [
    ...new Set([
      ...named,
      ...SPECIAL,
      ...TEXT_ANALYSIS,
      'EXISTS',
      ...Object.keys(AGGREGATES),
      ...Object.keys(NUMBERING),
    ]),
  ].toSorted()
}
