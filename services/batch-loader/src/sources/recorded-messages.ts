import type { FoundMessage, SourceObject } from '../formats/records.ts'

/** Asks BigQuery; rows come by pages. */
export type RecordQuery = (
  sql: string,
  params: Readonly<Record<string, unknown>>,
) => AsyncIterable<Readonly<Record<string, unknown>>>

export interface RecordedMessages {
  /** The full name of `published_messages`, or of a table with its columns, without backticks. */
  readonly table: string
  /** Milliseconds since 1970. */
  readonly since: number
  /** What is published from then on is not meant. */
  readonly until: number
  /** Event types, as the messages' data say; none: all of them. */
  readonly types?: readonly string[]
}

const HOUR_MS = 3_600_000
const MICROS = 1000

/** What was published from one time until another, as Pub/Sub itself recorded it; each message once. A portion is an hour of it. */
export function recordedMessages(
  { table, since, until, types = [] }: RecordedMessages,
  query: RecordQuery,
): SourceObject {
  const uri = `bigquery:${table}`
  const span = `${new Date(since).toISOString()} to ${new Date(until).toISOString()}`
  return {
    uri,
    version: types.length === 0 ? span : `${span}, ${types.toSorted().join(' ')}`,
    open: () => {
      throw new Error(`${uri} has rows and no bytes`)
    },
    // what was published by then stays as it is
    check: () => Promise.resolve(),
    rows: {
      bounds: () => Promise.resolve(hoursBetween(since, until)),
      async *read(from, to) {
        const filter =
          types.length === 0
            ? ''
            : `AND SAFE.JSON_VALUE(SAFE_CONVERT_BYTES_TO_STRING(data), '$.event_type') IN UNNEST(@types)`
        const sql = `SELECT message_id, FORMAT_TIMESTAMP('%FT%H:%M:%E6SZ', publish_time) AS published, data,
            TO_JSON_STRING(attributes) AS attributes FROM \`${table}\`
          WHERE publish_time >= TIMESTAMP_MICROS(@from) AND publish_time < TIMESTAMP_MICROS(@until) ${filter}
          QUALIFY ROW_NUMBER() OVER (PARTITION BY message_id ORDER BY publish_time) = 1
          ORDER BY publish_time, message_id`
        const params = { from, until: to, ...(types.length > 0 && { types }) }
        for await (const row of query(sql, params)) yield messageOf(row)
      },
    },
  }
}

/** In microseconds: the beginning, each whole hour, and the end. */
function hoursBetween(since: number, until: number): number[] {
  const bounds = [since]
  for (let hour = Math.floor(since / HOUR_MS) * HOUR_MS + HOUR_MS; hour < until; hour += HOUR_MS)
    bounds.push(hour)
  return [...bounds, Math.max(since, until)].map((time) => time * MICROS)
}

function messageOf(row: Readonly<Record<string, unknown>>): FoundMessage {
  return {
    // NULL where it has none
    data: (row['data'] as Uint8Array | null) ?? Buffer.alloc(0),
    messageId: String(row['message_id']),
    publishTime: String(row['published']),
    attributes: { ...(JSON.parse(String(row['attributes'] ?? 'null')) as Record<string, string> | null) },
  }
}
