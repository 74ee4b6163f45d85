/** Rows that were added at one time, in milliseconds since 1970. */
export interface Appended {
  at: number
  count: number
}

/** So many times are told apart; the older ones are put together, two by two, when there are more. */
const MOST_TIMES = 1000

/** Adds rows to those that came before. */
export function addRows(appended: Appended[], at: number, count: number): void {
  const last = appended.at(-1)
  if (last && last.at >= at) {
    last.count += count
    return
  }
  appended.push({ at, count })
  if (appended.length <= MOST_TIMES) return
  const older = appended.splice(0, MOST_TIMES / 2)
  const pairs = older.flatMap((each, index) =>
    index % 2 === 1 ? [{ at: each.at, count: each.count + older[index - 1]!.count }] : [],
  )
  appended.unshift(...pairs)
}

/** How many rows came after a time. */
export function laterThan(appended: readonly Appended[], ms: number): number {
  let count = 0
  for (let index = appended.length - 1; index >= 0 && appended[index]!.at > ms; index--)
    count += appended[index]!.count
  return count
}
