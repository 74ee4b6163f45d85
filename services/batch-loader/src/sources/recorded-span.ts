import { momentOf } from '@tablestream/table-schema'
import type { RecordedSpan } from './recorded-rows.ts'

/** What was published, or is dead, in a span of time. */
export interface Recorded extends RecordedSpan {
  readonly kind: 'published' | 'dead-letters'
}

const SOURCE = /^(published|dead-letters):([^/]*)(?:\/(.*))?$/s
/** What was published so long ago is in the record; `/0m` means now. */
const SETTLED_MS = 300_000

/**
 * Reads `published:SINCE/UNTIL` and `dead-letters:SINCE/UNTIL`; undefined for what is another source. Each is a time of RFC 3339, or
 * how long ago that was: 90m, 24h, 7d. Without UNTIL: five minutes ago, as a message comes into the record some seconds after its publish
 * time.
 *
 * @throws Error that names the text that is no time, and a span that ends before it begins
 */
export function recordedOf(source: string, now: number): Recorded | undefined {
  const [, kind, from, to] = SOURCE.exec(source) ?? []
  if (kind === undefined) return undefined
  const since = timeOf(from!, `SINCE of ${source}`, now)
  const until = to === undefined || to === '' ? now - SETTLED_MS : timeOf(to, `UNTIL of ${source}`, now)
  if (until <= since)
    throw new Error(`${source} is no time: ${textOf(until)} is not later than ${textOf(since)}`)
  return { kind: kind as Recorded['kind'], since, until }
}

/** A source with its times as RFC 3339: whoever reads it later means the same span. @throws Error as `recordedOf` */
export function fixedSource(source: string, now: number): string {
  const recorded = recordedOf(source, now)
  return recorded ? `${recorded.kind}:${textOf(recorded.since)}/${textOf(recorded.until)}` : source
}

/** Milliseconds since 1970. @param name what is meant, for the message @throws Error */
export function timeOf(text: string, name: string, now: number): number {
  const time = momentOf(text, now)
  if (time === undefined)
    throw new Error(`${name} is a time like 2026-11-29T05:00:00Z or a span like 24h, but is "${text}"`)
  return time
}

const textOf = (time: number) => new Date(time).toISOString()
