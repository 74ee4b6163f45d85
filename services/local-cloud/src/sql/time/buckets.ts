import type { IntervalParts } from './interval-values.ts'

const DAY = 86_400_000_000n

/**
 * DATE_BUCKET, DATETIME_BUCKET and TIMESTAMP_BUCKET: the begin of the bucket that a time is in, in microseconds since 1970.
 *
 * @param kind DATE, DATETIME or TIMESTAMP @param micros the time, as the next ones in microseconds since 1970
 * @throws Error for a width that is none
 */
export function bucketOf(kind: string, micros: bigint, width: IntervalParts, origin: bigint): bigint {
  const { months, days, micros: clock } = width
  const parts = [months, days, clock]
  if (parts.some((part) => part < 0n))
    throw new Error(`${kind}_BUCKET: negative bucket width INTERVAL is not allowed`)
  if (parts.filter((part) => part > 0n).length !== 1)
    throw new Error(`${kind}_BUCKET: exactly one non-zero INTERVAL part in bucket width is required`)
  if (kind === 'TIMESTAMP' && months > 0n)
    throw new Error(`${kind}_BUCKET: bucket width INTERVAL with non-zero MONTH part is not allowed`)
  if (kind === 'DATE' && clock > 0n)
    throw new Error(`${kind}_BUCKET: bucket width INTERVAL with a part of a day is not allowed`)
  if (months > 0n) return bucketOfMonths(micros, months, origin)
  return micros - behindBegin(micros - origin, days > 0n ? days * DAY : clock)
}

/** Begins that are made of one series at most: they are in memory together. */
const MOST_BUCKETS = 1_000_000

/**
 * The begins of the buckets from one time to another, both included (GAP_FILL), in microseconds since 1970.
 *
 * @throws Error as `bucketOf` does, and for more than a million
 */
export function bucketsBetween(
  kind: string,
  [first, last]: readonly [bigint, bigint],
  width: IntervalParts,
  origin: bigint,
): bigint[] {
  const begins: bigint[] = []
  const from = civilOf(origin)
  const next = (begin: bigint): bigint =>
    width.months > 0n
      ? beginIn(civilOf(begin).month + width.months, from)
      : begin + width.days * DAY + width.micros
  for (let begin = bucketOf(kind, first, width, origin); begin <= last; begin = next(begin)) {
    if (begin >= first) begins.push(begin)
    if (begins.length > MOST_BUCKETS)
      throw new Error(`local-cloud makes ${MOST_BUCKETS} buckets of one series at most`)
  }
  return begins
}

/** How far behind the begin of its bucket it is. */
const behindBegin = (behind: bigint, width: bigint): bigint => ((behind % width) + width) % width

interface Civil {
  /** Months since the year 0. */
  readonly month: bigint
  readonly day: number
  /** Microseconds since the day began. */
  readonly clock: bigint
}

/** Ends of months are one day: the bucket of a month that begins on its 31st begins on the 28th of February. */
function bucketOfMonths(micros: bigint, width: bigint, origin: bigint): bigint {
  const [time, from] = [civilOf(micros), civilOf(origin)]
  const isLast = ({ month, day }: Civil): boolean => day === daysIn(month)
  const day = isLast(from) && isLast(time) ? from.day : time.day
  const isBefore = day < from.day || (day === from.day && time.clock < from.clock)
  const whole = time.month - from.month - (isBefore ? 1n : 0n)
  const month = from.month + whole - behindBegin(whole, width)
  return beginIn(month, from)
}

/** The begin of the bucket that begins in a month. @param from the origin */
function beginIn(month: bigint, { day, clock }: Civil): bigint {
  return BigInt(Date.UTC(2000, Number(month - 24_000n), Math.min(day, daysIn(month)))) * 1000n + clock
}

function civilOf(micros: bigint): Civil {
  const clock = behindBegin(micros, DAY)
  const date = new Date(Number((micros - clock) / 1000n))
  return {
    month: BigInt(date.getUTCFullYear()) * 12n + BigInt(date.getUTCMonth()),
    day: date.getUTCDate(),
    clock,
  }
}

const daysIn = (month: bigint): number =>
  new Date(Date.UTC(2000, Number(month - 24_000n) + 1, 0)).getUTCDate()
