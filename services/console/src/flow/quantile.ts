/**
 * The edge in seconds below which this share of the appends is, evenly between two edges, as Prometheus reckons it; null where nothing
 * landed. What is beyond the last edge counts as twice that.
 *
 * @param buckets how many took no longer than each edge: all edges, those with none too
 */
export function quantile(buckets: ReadonlyMap<number, number>, share: number): number | null {
  const total = buckets.get(Infinity) ?? 0
  if (total === 0) return null
  const rank = share * total
  let lower = 0
  let below = 0
  for (const [edge, count] of [...buckets].toSorted(([a], [b]) => a - b)) {
    if (count >= rank) {
      const value =
        edge === Infinity ? lower * 2 : lower + ((edge - lower) * (rank - below)) / Math.max(count - below, 1)
      return Math.round(value * 1e4) / 1e4
    }
    lower = edge
    below = count
  }
  return lower
}
