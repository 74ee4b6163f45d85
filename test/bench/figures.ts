import { median } from './measure.ts'

/** A figure that a bench printed, and what it is of: its text without the numbers in it. */
export interface Figure {
  readonly what: string
  readonly value: number
}

/** A figure of two versions, from several turns. */
export interface Compared {
  readonly what: string
  readonly old: number
  readonly new: number
  /** How many times as fast, or as small, the new version is: the median of the turns, with the least and the greatest. */
  readonly ratio: number
  readonly least: number
  readonly most: number
  readonly verdict: 'slower' | 'faster' | 'equal' | 'unknown'
}

/** One version may be so much slower than the other and be called equal. */
const EQUAL = 0.05

const LINE = /^\s*([\d,]*\d(?:\.\d+)?)\s+(\S.*)$/
const NUMBERS = /\d[\d.,]*/g
const MORE_IS_BETTER = /^(\S+\/s\b|(\S+ )+a second\b|× as many|× its requests|× the rate)/
const LESS_IS_BETTER = /^(µs|ms|MB|× JSON\.parse|× its p…|requests for)/

/** The figures of what a bench printed; those with the same text are told apart by their place. */
export function figuresOf(output: string): Figure[] {
  const counts = new Map<string, number>()
  return output.split('\n').flatMap((line) => {
    const [, value, text] = LINE.exec(line) ?? []
    if (value === undefined || text === undefined) return []
    const name = text.replaceAll(NUMBERS, '…').replaceAll(/\s+/g, ' ')
    const count = (counts.get(name) ?? 0) + 1
    counts.set(name, count)
    return [{ what: count === 1 ? name : `${name} (${count})`, value: Number(value.replaceAll(',', '')) }]
  })
}

/**
 * @param turns what both printed, turn by turn: a machine whose speed drifts is the same for both of a turn
 * @returns the figures that both have in every turn
 */
export function compare(turns: readonly { readonly old: string; readonly new: string }[]): Compared[] {
  const read = turns.map((turn) => ({ old: byName(turn.old), new: byName(turn.new) }))
  const names = [...(read[0]?.new.keys() ?? [])]
  const inAll = names.filter((name) => read.every((turn) => turn.old.has(name) && turn.new.has(name)))
  return inAll.map((what) => {
    const olds = read.map((turn) => turn.old.get(what)!)
    const news = read.map((turn) => turn.new.get(what)!)
    const isLess = LESS_IS_BETTER.test(what)
    const ratios = olds.map((old, turn) => (isLess ? old / news[turn]! : news[turn]! / old))
    const ratio = median(ratios)
    const isKnown = isLess || MORE_IS_BETTER.test(what)
    const verdict = isKnown ? verdictOf(ratio) : 'unknown'
    const range = { least: Math.min(...ratios), most: Math.max(...ratios) }
    return { what, old: median(olds), new: median(news), ratio, ...range, verdict }
  })
}

/** Names of figures that one of them has, and the other has not. */
export function alone(one: string, other: string): string[] {
  const known = byName(other)
  return [...byName(one).keys()].filter((name) => !known.has(name))
}

function byName(output: string): Map<string, number> {
  return new Map(figuresOf(output).map(({ what, value }) => [what, value]))
}

function verdictOf(ratio: number): Compared['verdict'] {
  if (Number.isNaN(ratio)) return 'unknown'
  if (ratio < 1 - EQUAL) return 'slower'
  return ratio > 1 + EQUAL ? 'faster' : 'equal'
}
