/**
 * Those that pass a test, and the others. Each is asked once: what the clock decides may be otherwise a moment later, and then an item
 * would be in both or in neither.
 */
export function divide<T>(items: readonly T[], passes: (item: T) => boolean): [passing: T[], others: T[]] {
  const passing: T[] = []
  const others: T[] = []
  for (const item of items) (passes(item) ? passing : others).push(item)
  return [passing, others]
}
