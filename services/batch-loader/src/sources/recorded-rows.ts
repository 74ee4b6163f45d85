import {
  SourceError,
  type FoundMessage,
  type IncompleteMessage,
  type SourceObject,
} from '../formats/records.ts'
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
  /** SQL of rows with `hour`, `messages` and `sum`, as `countOf` makes it: what a span has, whoever asks. */
  readonly countQuery: string
  /** Whether each hour that has messages is a portion; else all is one. */
  readonly isByHours: boolean
  readonly read: (from: number, until: number) => AsyncIterable<FoundMessage | IncompleteMessage>
  readonly markLanded?: SourceObject['markLanded']
}

interface Counted {
  /** When it began, in milliseconds since 1970. */
  readonly hour: number
  readonly messages: number
  readonly sum: string
}

const MICROS = 1000
const HOUR_MS = 3_600_000

/**
 * Rows of a span of time as a source. Its version is how many there are, and the sum of their ids: one that comes late, when the source
 * is being read already, would be in one reading of it and not in the other, and stops the load before anything has landed. Behind each
 * portion its own hours are counted, not the whole span.
 */
export async function recordedRows(
  { uri, isDead = false, countQuery, isByHours, read, markLanded }: RecordedRows,
  span: RecordedSpan,
  { eventType, warehouse }: RecordedOptions,
): Promise<SourceObject> {
  const params = paramsOf(span.since, span.until, eventType)
  const count = (since: number, until: number) =>
    warehouse.query<Counted>(countQuery, paramsOf(since, until, eventType))
  const found = await count(span.since, span.until)
  const only = eventType === undefined ? '' : ` of type ${eventType}`
  return {
    uri: `${uri}${only} from ${params.since} until ${params.until}`,
    version: versionOf(found),
    isDead,
    ...(markLanded && { markLanded }),
    open: () => {
      throw new Error(`${uri} has rows and no bytes`)
    },
    async check(portion) {
      const [since, until] = portion
        ? [portion.from / MICROS, portion.until / MICROS]
        : [span.since, span.until]
      const before = found.filter(({ hour }) => hour + HOUR_MS > since && hour < until)
      const now = await count(since, until)
      if (versionOf(now) === versionOf(before)) return
      const why = 'some came late, were published again, or their days are over'
      const what = `it had ${messagesOf(before)} messages when this began, and has ${messagesOf(now)}: ${why}. Start it again`
      throw new SourceError('changed', what, { uri })
    },
    rows: {
      bounds: () => Promise.resolve(boundsOf(span, found, isByHours).map((time) => time * MICROS)),
      read: (start, end) => read(start / MICROS, end / MICROS),
    },
  }
}

/** In milliseconds since 1970. The record is partitioned by hours; one without messages is with the one before it. */
function boundsOf({ since, until }: RecordedSpan, found: readonly Counted[], isByHours: boolean): number[] {
  if (found.length === 0) return [since]
  return [since, ...(isByHours ? hoursOf(found).slice(1) : []), until]
}

const hoursOf = (found: readonly Counted[]) => found.map(({ hour }) => hour).toSorted((a, b) => a - b)
const messagesOf = (found: readonly Counted[]) => found.reduce((sum, { messages }) => sum + messages, 0)

function versionOf(found: readonly Counted[]): string {
  const sum = found.reduce((all, each) => all ^ BigInt(each.sum), 0n)
  return `${messagesOf(found)} messages, sum ${sum}`
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

/**
 * The messages' number and the sum of their ids, by hours.
 *
 * @param id SQL of the id @param time SQL of the time @param from what they are in, with the condition
 */
export function countOf(id: string, time: string, from: string): string {
  return `SELECT UNIX_MILLIS(TIMESTAMP_TRUNC(${time}, HOUR)) AS hour, COUNT(*) AS messages,
    CAST(IFNULL(BIT_XOR(FARM_FINGERPRINT(${id})), 0) AS STRING) AS sum FROM ${from} GROUP BY hour`
}
