import { joinLetterParts, letterPartsQuery, originalAttributes, type LetterPart } from '@tablestream/ledger'
import type { FoundMessage, IncompleteMessage, SourceObject } from '../formats/records.ts'
import {
  attributesOf,
  countOf,
  paramsOf,
  recordedRows,
  timeText,
  type RecordedOptions,
  type RecordedSpan,
} from './recorded-rows.ts'

/** Where it took several messages, data and attributes are those of the first. */
interface Row extends LetterPart {
  readonly dead_letter_id: string
  /** NULL where Pub/Sub itself made it a dead letter, which does not tell. */
  readonly message_id: string | null
  /** Microseconds since 1970. */
  readonly published: number
  readonly parts: number | null
}

/** Dead letters that became so in a span of time and were not published again, as the messages that they were. One portion. */
export function deadLetters(span: RecordedSpan, options: RecordedOptions): Promise<SourceObject> {
  const { eventType, warehouse } = options
  const only = eventType === undefined ? '' : `AND IFNULL(event_type, '') = @type`
  const from = `${warehouse.name('dead_letter_reasons')}
    WHERE dead_lettered_at >= TIMESTAMP(@since) AND dead_lettered_at < TIMESTAMP(@until) AND replayed_at IS NULL ${only}`
  const query = `SELECT dead_letter_id, message_id, UNIX_MICROS(IFNULL(publish_time, dead_lettered_at)) AS published, parts, data,
    TO_JSON_STRING(attributes) AS attributes FROM ${from} ORDER BY dead_lettered_at, dead_letter_id`
  // no message was published for it
  const marks = `INSERT INTO ${warehouse.name('dead_letter_replays')} (dead_letter_id, replayed_at, message_id)
    SELECT dead_letter_id, CURRENT_TIMESTAMP(), @by FROM ${warehouse.name('dead_letter_reasons')}
    WHERE dead_lettered_at >= TIMESTAMP(@since) AND dead_lettered_at < TIMESTAMP(@until) AND replayed_at IS NULL
      AND IFNULL(message_id, dead_letter_id) IN UNNEST(@ids)`
  const uri = 'dead_letters'
  return recordedRows(
    {
      uri,
      isDead: true,
      countQuery: countOf('dead_letter_id', 'dead_lettered_at', from),
      isByHours: false,
      markLanded: async (ids, by) => {
        const { since, until } = paramsOf(span.since, span.until, undefined)
        await warehouse.query(marks, { since, until, ids: [...ids], by })
      },
      async *read(since, until) {
        for await (const row of warehouse.rows<Row>(query, paramsOf(since, until, eventType)))
          yield (row.parts ?? 1) < 2
            ? messageOf(row, row.data ?? Buffer.alloc(0), attributesOf(row.attributes))
            : await wholeOf(row, options)
      },
    },
    span,
    options,
  )
}

/** What took several messages: the bytes in pieces, the attributes divided. */
async function wholeOf(row: Row, { warehouse }: RecordedOptions): Promise<FoundMessage | IncompleteMessage> {
  const { message_id: id, parts } = row
  const found = await warehouse.query<LetterPart>(letterPartsQuery(warehouse.name('dead_letters')), { id })
  const { data, attributes } = joinLetterParts(found)
  if (found.length === parts) return messageOf(row, data, attributes)
  const reason = `of the ${parts} parts of dead letter ${id}, ${found.length} are there`
  return { isIncomplete: true, data, reason }
}

function messageOf(
  { dead_letter_id: letterId, message_id: id, published }: Row,
  data: Uint8Array,
  attributes: Readonly<Record<string, string>>,
): FoundMessage {
  return {
    data,
    // as a replay has it
    messageId: id ?? letterId,
    publishTime: timeText(published),
    attributes: originalAttributes(attributes),
  }
}
