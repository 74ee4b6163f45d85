import { quantile } from './quantile.ts'
import type { TableCounts } from './reading.ts'

/** From publish to landed, in seconds. */
export interface Latency {
  readonly p50: number
  readonly p99: number
}

type Buckets = ReadonlyMap<number, number>

interface Step {
  readonly at: number
  readonly tables: readonly (readonly [table: string, buckets: Buckets])[]
}

/** How long the appends of each table took over the time before, kept up at each step: what is looked at is what comes and what goes. */
export class LatencyWindow {
  readonly #overMs: number
  readonly #steps: Step[] = []
  readonly #sums = new Map<string, Map<number, number>>()

  constructor(overMs: number) {
    this.#overMs = overMs
  }

  /** @param at milliseconds since 1970: the end of the step @param tables what came in it */
  add(at: number, tables: ReadonlyMap<string, Pick<TableCounts, 'buckets'>>): void {
    const own = [...tables]
      .filter(([, { buckets }]) => (buckets.get(Infinity) ?? 0) > 0)
      .map(([table, { buckets }]) => [table, buckets] as const)
    this.#steps.push({ at, tables: own })
    for (const [table, buckets] of own) this.#change(table, buckets, 1)
    while (this.#steps[0]!.at <= at - this.#overMs)
      for (const [table, buckets] of this.#steps.shift()!.tables) this.#change(table, buckets, -1)
  }

  /** Of all tables in which something landed. */
  get latencies(): ReadonlyMap<string, Latency> {
    return new Map(
      [...this.#sums].map(([table, sums]) => [
        table,
        { p50: quantile(sums, 0.5)!, p99: quantile(sums, 0.99)! },
      ]),
    )
  }

  #change(table: string, buckets: Buckets, sign: 1 | -1): void {
    const sums = this.#sums.get(table) ?? new Map<number, number>()
    this.#sums.set(table, sums)
    for (const [edge, count] of buckets) sums.set(edge, (sums.get(edge) ?? 0) + sign * count)
    if (sums.get(Infinity) === 0) this.#sums.delete(table)
  }
}
