import { typeField } from '@tablestream/contract'
import type { FoundMessage, SourceObject } from '../formats/records.ts'
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
  readonly message_id: string
  /** Microseconds since 1970. */
  readonly published: number
  /** NULL where it has none. */
  readonly data: Uint8Array | null
  readonly attributes: string | null
}

const IN_SPAN = 'publish_time >= TIMESTAMP(@since) AND publish_time < TIMESTAMP(@until)'
const TEXT = 'SAFE_CONVERT_BYTES_TO_STRING(data)'
/** Who reads a type that is written with escapes reads it in JavaScript: what SQL is not sure of, it passes on. */
const mayBe = (type: string): string =>
  `(${type} = @type OR IFNULL(${type}, '') = '' OR STRPOS(${TEXT}, '\\\\u00') > 0)`

/** What Pub/Sub took, as it recorded it itself in `published_messages`, each message once. A portion is an hour of it. */
export function publishedMessages(span: RecordedSpan, options: RecordedOptions): Promise<SourceObject> {
  const { eventType, warehouse } = options
  const table = warehouse.name('published_messages')
  const filter =
    eventType === undefined ? '' : ` AND ${mayBe(`SAFE.JSON_VALUE(${TEXT}, '$.${typeField()}')`)}`
  // a subscription may write a message twice
  const query = `SELECT message_id, UNIX_MICROS(publish_time) AS published, data, TO_JSON_STRING(attributes) AS attributes
    FROM ${table} WHERE ${IN_SPAN}${filter}
    QUALIFY ROW_NUMBER() OVER (PARTITION BY message_id ORDER BY publish_time) = 1
    ORDER BY publish_time, message_id`
  return recordedRows(
    {
      uri: 'published_messages',
      countQuery: countOf('message_id', 'publish_time', `${table} WHERE ${IN_SPAN}`),
      isByHours: true,
      async *read(from, until) {
        for await (const row of warehouse.rows<Row>(query, paramsOf(from, until, eventType)))
          yield messageOf(row)
      },
    },
    span,
    options,
  )
}

function messageOf({ message_id: messageId, published, data, attributes }: Row): FoundMessage {
  return {
    data: data ?? Buffer.alloc(0),
    messageId,
    publishTime: timeText(published),
    attributes: attributesOf(attributes),
  }
}
