const HOUR_MS = 3_600_000
const FORM = /^\d{4}-\d{2}-\d{2}T\d{2}$/

/** An hour in UTC: `2026-11-29T05`. In the order of text they are in the order of time. */
export type Hour = string

export function hourOf(millis: number): Hour {
  return new Date(millis).toISOString().slice(0, 13)
}

/** When an hour begins, in milliseconds since 1970. @throws Error where it is none */
export function startOf(hour: Hour): number {
  const millis = Date.parse(`${hour}:00:00Z`)
  if (!FORM.test(hour) || Number.isNaN(millis))
    throw new Error(`an hour is written 2026-11-29T05, but is "${hour}"`)
  return millis
}

export function endOf(hour: Hour): number {
  return startOf(hour) + HOUR_MS
}

/** Every whole hour between two times, in milliseconds since 1970. */
export function hoursBetween(from: number, until: number): Hour[] {
  const first = Math.floor(from / HOUR_MS)
  const count = Math.max(0, Math.floor(until / HOUR_MS) - first)
  return Array.from({ length: count }, (_, index) => hourOf((first + index) * HOUR_MS))
}

/** `2026/11/29/05` */
export function folderOf(hour: Hour): string {
  return hour.replaceAll(/[-T]/g, '/')
}
