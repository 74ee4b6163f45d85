import { median } from './measure.ts'

/** Events a second of CPU stay within so much of one writer's. */
const WITHIN = 0.15
/** Rounds that a verdict takes. */
const LEAST_ROUNDS = 5
/** Of the cores, while it is measured: above it processes wait for a core, and begin with cold caches. */
const MOST_BUSY = 0.75

/** What a number of writers took in one round. */
export interface Paced {
  readonly writers: number
  /** CPU microseconds of the writers, for each event. */
  readonly cost: number
  /** Events that each writer wrote. */
  readonly byWriter: readonly number[]
  /** Cores of the whole machine that were busy meanwhile. */
  readonly busyCores: number
}

export interface Verdict {
  /** What is printed: figure and words. */
  readonly lines: readonly (readonly [string, string])[]
  /** Undefined: this machine cannot tell. */
  readonly isMet: boolean | undefined
}

const shown = (values: readonly number[], digits: number) =>
  `${Math.min(...values).toFixed(digits)} to ${Math.max(...values).toFixed(digits)}`

/**
 * What the rounds say.
 *
 * @param rounds each has one measurement of every number of writers, one writer's among them
 * @param cores of this machine
 */
export function verdictOf(rounds: readonly (readonly Paced[])[], cores: number): Verdict {
  const counts = rounds[0]!.map(({ writers }) => writers).toSorted((a, b) => a - b)
  const costs = (count: number) => rounds.map((round) => of(round, count).cost)
  const ratios = (count: number) => rounds.map((round) => of(round, 1).cost / of(round, count).cost)
  const lines = counts.flatMap((count): (readonly [string, string])[] => {
    const beside =
      count === 1 ? '' : `; ${median(ratios(count)).toFixed(2)} × one (${shown(ratios(count), 2)})`
    const named = `${count} writer${count === 1 ? '' : 's'} at once`
    const each = `${median(costs(count)).toFixed(1)} µs an event (${shown(costs(count), 1)})`
    const last = of(rounds.at(-1)!, count)
    return [
      [String(Math.round(1e6 / median(costs(count)))), `events/s of CPU  ${named}, ${each}${beside}`],
      [String(last.byWriter.length), `of them wrote, in the last round ${last.byWriter.join(' ')} events`],
    ]
  })
  const busiest = Math.max(...rounds.flat().map(({ busyCores }) => busyCores))
  const alone = costs(1)
  const apart = Math.max(...alone) / Math.min(...alone) - 1
  const why =
    rounds.length < LEAST_ROUNDS
      ? `a verdict takes ${LEAST_ROUNDS} rounds, and there were ${rounds.length}`
      : busiest > MOST_BUSY * cores
        ? `${busiest.toFixed(2)} of them were busy, and above ${(MOST_BUSY * cores).toFixed(2)} processes wait for one another`
        : apart > WITHIN
          ? `one writer alone differs by ${Math.round(apart * 100)} % from round to round, which is more than is to be told`
          : undefined
  if (why !== undefined)
    return { lines: [...lines, ['?', `not measurable on ${cores} cores: ${why}`]], isMet: undefined }
  const worst = Math.min(...counts.map((count) => median(ratios(count))))
  const isMet = worst >= 1 - WITHIN
  const said = `${isMet ? 'within' : 'NOT within'} ${WITHIN * 100} % of one writer's, at ${busiest.toFixed(2)} busy cores of ${cores} at the most`
  return {
    lines: [...lines, [worst.toFixed(2), `× one writer's events/s of CPU at the least: ${said}`]],
    isMet,
  }
}

function of(round: readonly Paced[], count: number): Paced {
  return round.find(({ writers }) => writers === count)!
}
