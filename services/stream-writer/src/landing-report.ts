import type { Histogram } from 'prom-client'

/** How long what landed since the last report took from publish, in seconds; of each append its oldest event. */
export interface LandingReport {
  readonly appends: number
  readonly p50_seconds: number
  readonly p99_seconds: number
}

/**
 * Says how the last minute was, when it is asked once a minute; undefined where nothing landed. Cloud Monitoring reads the log, and
 * does not scrape /metrics: an objective can be set on nothing else.
 */
export function createLandingReport(latency: Histogram<'table'>): () => Promise<LandingReport | undefined> {
  let before = new Map<number, number>()
  return async () => {
    const now = await cumulative(latency)
    const since = new Map([...now].map(([edge, count]) => [edge, count - (before.get(edge) ?? 0)]))
    before = now
    const appends = since.get(Infinity) ?? 0
    if (appends === 0) return undefined
    return { appends, p50_seconds: quantile(since, 0.5), p99_seconds: quantile(since, 0.99) }
  }
}

/** Over all tables: how many took no longer than each edge. */
async function cumulative(latency: Histogram<'table'>): Promise<Map<number, number>> {
  const { values } = await latency.get()
  const counts = new Map<number, number>()
  for (const { metricName, labels, value } of values) {
    if (metricName !== 'tablestream_landing_seconds_bucket') continue
    const { le } = labels as { readonly le: string | number }
    const edge = le === '+Inf' ? Infinity : Number(le)
    counts.set(edge, (counts.get(edge) ?? 0) + value)
  }
  return counts
}

/** As Prometheus reckons it: evenly between the edges. What is beyond the last edge counts as twice that. */
function quantile(counts: ReadonlyMap<number, number>, share: number): number {
  const rank = share * counts.get(Infinity)!
  let lower = 0
  let below = 0
  for (const [edge, count] of [...counts].toSorted(([a], [b]) => a - b)) {
    if (count >= rank) {
      return edge === Infinity ? lower * 2 : lower + ((edge - lower) * (rank - below)) / (count - below)
    }
    lower = edge
    below = count
  }
  return lower
}
