/** How many at one time. */
const AT_ONCE = 16

/** Does the same for each, some at one time. The first that fails ends it, when those beside it are done. */
export async function inTurns<T, R>(all: readonly T[], work: (each: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let at = 0; at < all.length; at += AT_ONCE) {
    const ends = await Promise.allSettled(all.slice(at, at + AT_ONCE).map(work))
    for (const end of ends) {
      if (end.status === 'rejected') throw end.reason
      results.push(end.value)
    }
  }
  return results
}
