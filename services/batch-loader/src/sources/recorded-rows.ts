import { SourceError, type FoundMessage, type SourceObject } from '../formats/records.ts'
import { timestampText } from '../formats/time-text.ts'
import type { Warehouse } from '../google/bigquery.ts'

export interface RecordedSpan {
  /** Milliseconds since 1970. */
  readonly since: number
  /** What came from then on is not meant. */
  readonly until: number
}

export interface RecordedOptions {
  /** The only event type that is meant; absent: all. */
  readonly eventType?: string | undefined
  readonly warehouse: Pick<Warehouse, 'name' | 'query' | 'rows'>
}

export interface RecordedRows {
  readonly uri: string
  readonly isDead?: boolean
  /** SQL of one row with `messages`, a number, and `sum`, a text: what the span has, whoever asks. */
  readonly countQuery: string
  /** In milliseconds since 1970. */
  readonly bounds: readonly number[]
  readonly read: (from: number, until: number) => AsyncIterable<FoundMessage>
}

interface Counted {
  readonly messages: number
  readonly sum: string
}

const MICROS = 1000

/**
 * Rows of a span of time as a source. Its version is how many there are, and the sum of their ids: one that comes late, when the source
 * is being read already, would be in one reading of it and not in the other, and stops the load before anything has landed.
 */
export async function recordedRows(
  { uri, isDead = false, countQuery, bounds, read }: RecordedRows,
  span: RecordedSpan,
  { eventType, warehouse }: RecordedOptions,
): Promise<SourceObject> {
  const params = paramsOf(span.since, span.until, eventType)
  const count = async () => {
    const [row] = await warehouse.query<Counted>(countQuery, params)
    return row!
  }
  const found = await count()
  const versionOf = ({ messages, sum }: Counted) => `${messages} messages, sum ${sum}`
  const only = eventType === undefined ? '' : ` of type ${eventType}`
  return {
    uri: `${uri}${only} from ${params.since} until ${params.until}`,
    version: versionOf(found),
    isDead,
    open: () => {
      throw new Error(`${uri} has rows and no bytes`)
    },
    async check() {
      const now = await count()
      if (versionOf(now) === versionOf(found)) return
      const what = `it had ${found.messages} messages when this began, and has ${now.messages}: some came late. Start it again`
      throw new SourceError('changed', what, { uri })
    },
    rows: {
      bounds: () =>
        Promise.resolve(found.messages === 0 ? [bounds[0]! * MICROS] : bounds.map((time) => time * MICROS)),
      read: (start, end) => read(start / MICROS, end / MICROS),
    },
  }
}

const HOUR_MS = 3_600_000

/** The beginning, each whole hour, and the end, in milliseconds since 1970: the record is partitioned by hours. */
export function hourBounds(since: number, until: number): number[] {
  const bounds = [since]
  for (let hour = Math.floor(since / HOUR_MS) * HOUR_MS + HOUR_MS; hour < until; hour += HOUR_MS)
    bounds.push(hour)
  return [...bounds, until]
}

/** Parameters of a query of a span, in milliseconds since 1970. */
export function paramsOf(since: number, until: number, type: string | undefined) {
  const [from, to] = [since, until].map((time) => new Date(time).toISOString()) as [string, string]
  return { since: from, until: to, ...(type !== undefined && { type }) }
}

/** Attributes as the tables have them: a JSON object. */
export function attributesOf(text: string | null): Readonly<Record<string, string>> {
  return { ...(JSON.parse(text ?? 'null') as Record<string, string> | null) }
}

/** RFC 3339 with all digits. @param micros since 1970 */
export const timeText = (micros: number) => timestampText(BigInt(micros), 6)

/** The messages' number and the sum of their ids. @param id SQL of the id @param from what they are in, with the condition */
export function countOf(id: string, from: string): string {
  return `SELECT COUNT(*) AS messages, CAST(IFNULL(BIT_XOR(FARM_FINGERPRINT(${id})), 0) AS STRING) AS sum FROM ${from}`
}
