import { keysOf, KEY_COLUMNS } from '@tablestream/archiver'
import { PUBLISHED, type Name } from './ledger-query.ts'

/** The keys of archived hours, which the archiver makes as it reads the record. */
export const KEYS = 'published_keys'

const HOUR_MS = 3_600_000
const SINCE = 'publish_time >= TIMESTAMP(@since)'
/** A query names so many spans of hours at most: each is text. */
const MOST_SPANS = 50

/**
 * The hours of which there are the keys of all that the record has, by number and sum of the message ids. Of others, to which messages
 * came late, and that are not archived yet, the record itself is read.
 */
export function keyedHoursQuery(name: Name): string {
  const own = (table: string, isKey: boolean) =>
    `SELECT TIMESTAMP_TRUNC(publish_time, HOUR) AS hour, FARM_FINGERPRINT(message_id) AS id, ${isKey} AS is_key
     FROM ${name(table)} WHERE ${SINCE}`
  return `SELECT UNIX_MILLIS(hour) AS hour FROM (${own(PUBLISHED, false)} UNION ALL ${own(KEYS, true)})
    GROUP BY hour HAVING COUNTIF(is_key) = COUNTIF(NOT is_key) AND BIT_XOR(IF(is_key, id, 0)) = BIT_XOR(IF(is_key, 0, id))`
}

/**
 * SQL for the keys of all messages: of these hours what is kept of them, of all others what the record's bytes say.
 *
 * @param hours in milliseconds since 1970
 */
export function keysQuery(name: Name, hours: readonly number[]): string {
  const spans = longest(spansOf(hours))
  if (spans.length === 0) return keysOf(name(PUBLISHED), SINCE)
  const kept = `SELECT ${KEY_COLUMNS.join(', ')} FROM ${name(KEYS)} WHERE ${SINCE} AND ${hoursCondition(spans)}`
  return `${kept} UNION ALL ${keysOf(name(PUBLISHED), `${SINCE} AND ${hoursCondition(between(spans))}`)}`
}

/** A span of time, in milliseconds since 1970: its end is no part of it. */
type Span = readonly [from: number, until: number]

/** SQL that is true for messages of these hours, in milliseconds since 1970, and of a few others where they are many. */
export function inHours(hours: readonly number[]): string {
  let spans = spansOf(hours)
  for (let gap = HOUR_MS; spans.length > MOST_SPANS; gap *= 2) spans = joined(spans, gap)
  return hoursCondition(spans)
}

function hoursCondition(spans: readonly Span[]): string {
  const time = (millis: number) => `TIMESTAMP('${new Date(millis).toISOString()}')`
  const each = spans.map(([from, until]) => {
    const begun = from === -Infinity ? [] : [`publish_time >= ${time(from)}`]
    const open = until === Infinity ? [] : [`publish_time < ${time(until)}`]
    return [...begun, ...open].join(' AND ')
  })
  return `(${each.map((one) => `(${one})`).join(' OR ')})`
}

/** Hours that follow each other as one span. */
function spansOf(hours: readonly number[]): Span[] {
  const each = hours.toSorted((a, b) => a - b).map((hour): Span => [hour, hour + HOUR_MS])
  return joined(each, 0)
}

function joined(spans: readonly Span[], gap: number): Span[] {
  const all: Span[] = []
  for (const [from, until] of spans) {
    const last = all.at(-1)
    if (last && from - last[1] <= gap) all[all.length - 1] = [last[0], until]
    else all.push([from, until])
  }
  return all
}

/** Of what is left out the record is read. */
function longest(spans: readonly Span[]): readonly Span[] {
  if (spans.length <= MOST_SPANS) return spans
  const byLength = spans.toSorted((a, b) => b[1] - b[0] - (a[1] - a[0]))
  return byLength.slice(0, MOST_SPANS).toSorted((a, b) => a[0] - b[0])
}

/** The time before, between and after spans. */
function between(spans: readonly Span[]): Span[] {
  const ends = [-Infinity, ...spans.flat(), Infinity]
  return Array.from({ length: ends.length / 2 }, (_, index): Span => [ends[2 * index]!, ends[2 * index + 1]!])
}
