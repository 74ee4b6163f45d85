import { dateDays, timestampMicros } from './calendar.ts'

const SPAN_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 }
/** A time without its seconds, */
const MINUTE = /^([^:]*:\d\d)(?=[Z+-])/i
/** and one with more than milliseconds, as Cloud Logging writes it. */
const FINER = /(\.\d{3})\d{1,6}(?!\d)/

/**
 * Milliseconds since 1970 of a time as a person asks for it: RFC 3339 with its offset, or a day, which begins in UTC; undefined for
 * others. Without an offset it would be the time of whatever machine reads it, and a day that no month has would be another one.
 *
 * @param now milliseconds since 1970, where the text may also say how long ago that was: 90m, 24h, 7d
 */
export function momentOf(text: string, now?: number): number | undefined {
  const [, count, unit] = (now === undefined ? undefined : /^(\d{1,6})([mhd])$/.exec(text)) ?? []
  if (unit !== undefined) return now! - Number(count) * SPAN_MS[unit]!
  const days = dateDays(text)
  if (days !== undefined) return days * 86_400_000
  const micros = timestampMicros(text.replace(MINUTE, '$1:00').replace(FINER, '$1'))
  return micros === undefined ? undefined : Number(BigInt(micros) / 1000n)
}
