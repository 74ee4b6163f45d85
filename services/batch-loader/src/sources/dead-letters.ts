import { originalAttributes } from '@tablestream/ledger'
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

interface Row {
  readonly dead_letter_id: string
  /** NULL where Pub/Sub itself made it a dead letter, which does not tell. */
  readonly message_id: string | null
  /** Microseconds since 1970. */
  readonly published: number
  readonly parts: number | null
  readonly data: Uint8Array | null
  readonly attributes: string | null
}

interface Part {
  readonly data: Uint8Array | null
  readonly attributes: string | null
}

const PART = `SAFE_CAST(JSON_VALUE(letter.attributes, '$."dead-letter-part"') AS INT64)`

/** Dead letters that became so in a span of time and were not published again, as the messages that they were. One portion. */
export function deadLetters(span: RecordedSpan, options: RecordedOptions): Promise<SourceObject> {
  const { eventType, warehouse } = options
  const only = eventType === undefined ? '' : `AND IFNULL(event_type, '') = @type`
  const from = `${warehouse.name('dead_letter_reasons')}
    WHERE dead_lettered_at >= TIMESTAMP(@since) AND dead_lettered_at < TIMESTAMP(@until) AND replayed_at IS NULL ${only}`
  const query = `SELECT dead_letter_id, message_id, UNIX_MICROS(IFNULL(publish_time, dead_lettered_at)) AS published, parts, data,
    TO_JSON_STRING(attributes) AS attributes FROM ${from} ORDER BY dead_lettered_at, dead_letter_id`
  const uri = 'dead_letters'
  return recordedRows(
    {
      uri,
      isDead: true,
      countQuery: countOf('dead_letter_id', 'dead_lettered_at', from),
      isByHours: false,
      async *read(since, until) {
        for await (const row of warehouse.rows<Row>(query, paramsOf(since, until, eventType))) {
          const whole = (row.parts ?? 1) < 2 ? row : await wholeOf(row, options)
          yield 'isIncomplete' in whole ? whole : messageOf(row, whole)
        }
      },
    },
    span,
    options,
  )
}

/** What took several messages: the bytes in pieces, the attributes divided. */
async function wholeOf(
  { message_id: id, parts }: Row,
  { warehouse }: RecordedOptions,
): Promise<Part | IncompleteMessage> {
  const found = await warehouse.query<Part>(
    `SELECT data, TO_JSON_STRING(attributes) AS attributes FROM ${warehouse.name('dead_letters')} AS letter
      WHERE JSON_VALUE(letter.attributes, '$."dead-letter-message-id"') = @id AND ${PART} IS NOT NULL
      QUALIFY ROW_NUMBER() OVER (PARTITION BY ${PART} ORDER BY letter.publish_time) = 1 ORDER BY ${PART}`,
    { id },
  )
  const data = Buffer.concat(found.map((part) => part.data ?? Buffer.alloc(0)))
  if (found.length !== parts) {
    const reason = `of the ${parts} parts of dead letter ${id}, ${found.length} are there`
    return { isIncomplete: true, data, reason }
  }
  return {
    data,
    attributes: JSON.stringify(Object.assign({}, ...found.map((part) => attributesOf(part.attributes)))),
  }
}

function messageOf(
  { dead_letter_id: letterId, message_id: id, published }: Row,
  { data, attributes }: Part,
): FoundMessage {
  return {
    data: data ?? Buffer.alloc(0),
    // as a replay has it
    messageId: id ?? letterId,
    publishTime: timeText(published),
    attributes: originalAttributes(attributesOf(attributes)),
  }
}
