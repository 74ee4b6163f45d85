/** CPU microseconds (user and system) that the work takes for one item. */
export function microsecondsEach<Item>(
  items: readonly Item[],
  work: (item: Item, index: number) => void,
): number {
  const before = process.cpuUsage()
  items.forEach(work)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / items.length
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
