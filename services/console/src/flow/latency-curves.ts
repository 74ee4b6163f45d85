import { quantile } from './changes.ts'
import type { Step } from './sampler.ts'

export interface LatencyCurves {
  /** By table, seconds at each step; null where nothing landed in the minute before. */
  readonly p50: Record<string, (number | null)[]>
  readonly p99: Record<string, (number | null)[]>
}

/** Each point is over so long before it: in a step alone few events land. */
const OVER_MS = 60_000

/** From publish to landed, at each step after a time. @param steps oldest first @param after milliseconds since 1970 */
export function latencyCurves(
  steps: readonly Step[],
  after: number,
  tables: readonly string[],
): LatencyCurves {
  const curves: LatencyCurves = { p50: {}, p99: {} }
  for (const table of tables) {
    const buckets = new Map<number, number>()
    const add = (step: Step, sign: 1 | -1) => {
      for (const [edge, count] of step.change.tables.get(table)?.buckets ?? [])
        buckets.set(edge, (buckets.get(edge) ?? 0) + sign * count)
    }
    const [p50, p99]: (number | null)[][] = [[], []]
    let oldest = 0
    for (const step of steps) {
      add(step, 1)
      while (steps[oldest]!.at <= step.at - OVER_MS) add(steps[oldest++]!, -1)
      if (step.at <= after) continue
      p50!.push(quantile(buckets, 0.5))
      p99!.push(quantile(buckets, 0.99))
    }
    Object.assign(curves.p50, { [table]: p50 })
    Object.assign(curves.p99, { [table]: p99 })
  }
  return curves
}
