import { dateDays, dateText } from '@tablestream/table-schema'

/** More spans of days than these are put together: each is text, once for each table. */
const MOST_SPANS = 30

/** A day that events can be in: `near` where it may be a neighbour of it. */
export interface PossibleDay {
  readonly day: string
  readonly near: boolean
}

/** SQL that is true for rows in the partitions that the events can be in: BigQuery reads no others. */
export function daysCondition(possible: readonly PossibleDay[]): string {
  const days = new Set<number>()
  for (const { day, near } of possible) {
    const at = dateDays(day)
    if (at === undefined) continue
    days.add(at)
    // beyond the calendar there is none: BigQuery refuses a query that names it
    if (near) for (const each of [at - 1, at + 1]) if (dateDays(dateText(each)) === each) days.add(each)
  }
  const spans = spansOf([...days].toSorted((a, b) => a - b))
  if (spans.length === 0) return 'FALSE'
  const each = spans.map(
    ([first, last]) => `event_date BETWEEN DATE '${dateText(first)}' AND DATE '${dateText(last)}'`,
  )
  return `(${each.join(' OR ')})`
}

/** Days without a gap between them as spans; where these are too many, the smallest gaps are read too. */
function spansOf(days: readonly number[]): (readonly [first: number, last: number])[] {
  const gaps = days.slice(1).map((day, index) => day - days[index]!)
  const largest = gaps.filter((gap) => gap > 1).toSorted((a, b) => b - a)
  const smallest = Math.max(largest[MOST_SPANS - 1] ?? 1, 1)
  const spans: [first: number, last: number][] = []
  for (const [index, day] of days.entries()) {
    if (index > 0 && gaps[index - 1]! <= smallest) spans.at(-1)![1] = day
    else spans.push([day, day])
  }
  return spans
}
