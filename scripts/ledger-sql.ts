import { CALLER_ATTRIBUTE, CATALOGUE, timeFieldsOf } from '@tablestream/contract'

// The rules of services/contract/src/decode-message.ts, in SQL. Each is of a row of `published_messages`, as `messagesRead` reads it;
// what looks at attributes and bytes alone is of a row of `dead_letters`, too.
export const attribute = (name: string): string => `JSON_VALUE(attributes, '$."${name}"')`
const attributeText = (name: string): string => `IFNULL(${attribute(name)}, '')`

const TIME_FIELDS = [...new Set(['', ...CATALOGUE.map(({ type }) => type)].flatMap(timeFieldsOf))]
const OWN_TIME_FIELDS = ['event_date', ...TIME_FIELDS]
/** A message without data has no bytes: NULL is equal to nothing, and it would be in no account. */
const BYTES = `IFNULL(data, CAST('' AS BYTES))`
const field = (name: string): string => `SAFE.JSON_VALUE(text, '$.${name}')`

/**
 * The messages of `table`, with their text and what SQL reads of it, each field once: an expression that names a field five times reads
 * the text five times, and it may have megabytes.
 *
 * @param since SQL that is true for the messages that are meant
 */
export function messagesRead(table: string, since: string): string {
  const times = OWN_TIME_FIELDS.map((name, n) => `${field(name)} AS time_${n}`)
  // BigQuery gives the digits of numbers as they are written (google/zetasql, json path extraction: ParsedNumber)
  return `(SELECT message_id, publish_time, data, attributes, text, ${field('event_type')} AS own_type, ${field('event_id')} AS own_id,
      CAST(SAFE.JSON_QUERY(text, '$.event_id') AS STRING) AS own_id_json, ${times.join(', ')}
    FROM (
      SELECT message_id, publish_time, attributes, ${BYTES} AS data, SAFE_CONVERT_BYTES_TO_STRING(data) AS text FROM ${table} WHERE ${since}
    ))`
}

const OWN_NUMBER = `SAFE_CAST(own_id AS FLOAT64)`
/** 1.0 and 1e3 are whole numbers as 1 and 1000 are; JavaScript is exact up to here. */
const IS_WHOLE = `ABS(${OWN_NUMBER}) <= 9007199254740991 AND ${OWN_NUMBER} = TRUNC(${OWN_NUMBER})`
const CE_ID = attributeText('ce-id')
export const EVENT_ID = `CASE
    WHEN STARTS_WITH(own_id_json, '"') AND own_id != '' THEN own_id
    WHEN REGEXP_CONTAINS(own_id_json, r'^-?[0-9]') AND ${IS_WHOLE} THEN CAST(CAST(${OWN_NUMBER} AS INT64) AS STRING)
    WHEN REGEXP_CONTAINS(own_id_json, r'^-?[0-9]+$') THEN own_id
    ELSE COALESCE(NULLIF(${CE_ID}, ''), message_id)
  END`
/** Longer ones are no event types: services/contract/src/decode-message.ts. */
export const EVENT_TYPE = `IF(BYTE_LENGTH(own_type) <= 1024, own_type, '')`
const CALLER = attributeText(CALLER_ATTRIBUTE)
const CE_SOURCE = attributeText('ce-source')
export const SOURCE = `IF(${CALLER} = '' OR ${CE_SOURCE} = '', CONCAT(${CALLER}, ${CE_SOURCE}), CONCAT(${CALLER}, ' ', ${CE_SOURCE}))`

const OWN_TIMES = OWN_TIME_FIELDS.map((_, n) => `time_${n}`)
/** Texts whose first ten characters may be the day of an event. */
export const TIMES = ['CAST(DATE(publish_time) AS STRING)', ...OWN_TIMES, attribute('ce-time')]

/** BigQuery takes streamed rows of ten years: an event of another time is one of the day on which it was published. */
const OLDEST_DAY = 'CAST(DATE_SUB(DATE(publish_time), INTERVAL 3649 DAY) AS STRING)'
const NEWEST_DAY = 'CAST(DATE_ADD(DATE(publish_time), INTERVAL 364 DAY) AS STRING)'
const tellsDay = (time: string): string =>
  `IFNULL(REGEXP_CONTAINS(${time}, r'^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ][0-9]{2}:|$)')
    AND SUBSTR(${time}, 1, 10) BETWEEN ${OLDEST_DAY} AND ${NEWEST_DAY}, FALSE)`
/** The bytes do not tell the day: whoever sends the same event on two days sends it for two partitions. */
export const HAS_NO_DAY = `NOT (${OWN_TIMES.map(tellsDay).join(' OR ')})`

/**
 * Where SQL may read another type, id or day than JavaScript does: keys of which an ASCII letter, as all of ours are, or NUL is an
 * escape; numbers with an exponent or with more digits than a double has; NUL; an `event_type` that SQL does not find in text that shows
 * one. Objects with a key twice are no events, so that nobody needs to know which of the values SQL takes.
 */
export const IS_HARD = `IFNULL(REGEXP_CONTAINS(text, r'"(?:[^"\\\\]|\\\\.)*\\\\u00(?:00|[2-7][0-9a-fA-F])(?:[^"\\\\]|\\\\.)*"\\s*:')
    OR REGEXP_CONTAINS(own_id_json, r'^-?[0-9](?:.*[eE]|.{13,}[.])')
    OR (STRPOS(text, '\\\\u0000') > 0 AND REGEXP_CONTAINS(text, r'"event_(?:id|type)"'))
    OR (IFNULL(${EVENT_TYPE}, '') = '' AND REGEXP_CONTAINS(text, r'"event_type"\\s*:\\s*"')), FALSE)`

/** So many characters of an id are kept as they are: an id may have megabytes. */
const KEPT = 200
/** What an id is told apart by, in SQL, */
export const idKey = (id: string): string =>
  `IF(CHAR_LENGTH(${id}) <= ${KEPT}, ${id}, CONCAT(SUBSTR(${id}, 1, ${KEPT}), TO_HEX(SHA256(${id}))))`

/** An order of messages as `_CHANGE_SEQUENCE_NUMBER` orders rows (services/stream-writer/src/row/change-sequence.ts). */
export const SEQUENCE = `CONCAT(LPAD(CAST(UNIX_MILLIS(publish_time) AS STRING), 15, '0'), '/',
    IF(REGEXP_CONTAINS(message_id, r'^[0-9]{1,19}$'), LPAD(message_id, 19, '0'), '0'))`

/** On what Pub/Sub itself gave up on, attributes with names of ours are the publisher's. */
export const IS_FORWARDED = `${attribute('CloudPubSubDeadLetterSourceDeliveryCount')} IS NOT NULL`
/** Pub/Sub's own dead letters do not name the message that they were: @param time SQL of a TIMESTAMP, when that was published */
export const likeness = (time: string): string =>
  `CONCAT(TO_HEX(SHA256(${BYTES})), ' ', CAST(UNIX_MILLIS(${time}) AS STRING), ' ', ${SOURCE}, ' ', ${CE_ID})`
