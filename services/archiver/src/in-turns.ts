/** How many at one time. */
export const AT_ONCE = 32

/**
 * Does the same for each, some at one time: who is done makes place for the next one. The first that fails ends it, when those beside it
 * are done.
 */
export async function inTurns<T, R>(all: readonly T[], work: (each: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  const failures: unknown[] = []
  const left = all.entries()
  const one = async () => {
    for (const [place, each] of left) {
      try {
        results[place] = await work(each)
      } catch (error) {
        failures.push(error)
      }
      if (failures.length > 0) return
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, one))
  if (failures.length > 0) throw failures[0]
  return results
}
