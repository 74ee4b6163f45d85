/** Visits in each hour of a day (UTC), beside those of an average hour: quiet nights, a noon, a long evening. */
const HOURS = [
  0.4, 0.3, 0.2, 0.2, 0.2, 0.3, 0.5, 0.7, 0.9, 1, 1.1, 1.2, 1.4, 1.3, 1.1, 1.1, 1.2, 1.3, 1.5, 1.8, 2, 1.9,
  1.4, 0.8,
]
/** From Sunday to Saturday. */
const DAYS = [1.3, 0.9, 0.8, 0.9, 0.9, 1, 1.2]

/** How busy the shop is at a time, beside its average. */
export function rush(time: number): number {
  const date = new Date(time)
  return HOURS[date.getUTCHours()]! * DAYS[date.getUTCDay()]!
}
