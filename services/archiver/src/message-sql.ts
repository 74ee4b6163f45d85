import { CALLER_ATTRIBUTE, typeField } from '@tablestream/contract'
import { hasNoDay, ownTimeFields, timeColumn } from './day-sql.ts'
import { keySql } from './text-key.ts'

// The rules of services/contract/src/judge/decode-message.ts, in SQL. Each is of a row of `published_messages`, as `messagesRead` reads it;
// what looks at attributes and bytes alone is of a row of `dead_letters`, too.
export const attribute = (name: string): string => `JSON_VALUE(attributes, '$."${name}"')`
const attributeText = (name: string): string => `IFNULL(${attribute(name)}, '')`

/** A message without data has no bytes: NULL is equal to nothing, and it would be in no account. */
const BYTES = `IFNULL(data, CAST('' AS BYTES))`
const field = (name: string): string => `SAFE.JSON_VALUE(text, '$.${name}')`
/** A text has quotes there, and a number has none. */
const json = (name: string): string => `CAST(SAFE.JSON_QUERY(text, '$.${name}') AS STRING)`

/**
 * The messages of `table`, with their text and what SQL reads of it, each field once: an expression that names a field five times reads
 * the text five times, and it may have megabytes.
 *
 * @param since SQL that is true for the messages that are meant
 */
function messagesRead(table: string, since: string): string {
  const columns = 'message_id, publish_time, data, attributes'
  const times = ownTimeFields().map((name) => `${field(name)} AS ${timeColumn(name)}`)
  // BigQuery gives the digits of numbers as they are written (google/zetasql, json path extraction: ParsedNumber)
  return `(SELECT ${columns}, text, ${field(typeField())} AS own_type, ${json(typeField())} AS own_type_json,
      ${field('event_id')} AS own_id, ${json('event_id')} AS own_id_json, ${times.join(', ')}
    FROM (SELECT ${columns}, SAFE_CONVERT_BYTES_TO_STRING(data) AS text FROM ${table} WHERE ${since}))`
}

const OWN_NUMBER = `SAFE_CAST(own_id AS FLOAT64)`
/** 1.0 and 1e3 are whole numbers as 1 and 1000 are; JavaScript is exact up to here. */
const IS_WHOLE = `ABS(${OWN_NUMBER}) <= 9007199254740991 AND ${OWN_NUMBER} = TRUNC(${OWN_NUMBER})`
const CE_ID = attributeText('ce-id')
const EVENT_ID = `CASE
    WHEN STARTS_WITH(own_id_json, '"') AND own_id != '' THEN own_id
    WHEN REGEXP_CONTAINS(own_id_json, r'^-?[0-9]') AND ${IS_WHOLE} THEN CAST(CAST(${OWN_NUMBER} AS INT64) AS STRING)
    WHEN REGEXP_CONTAINS(own_id_json, r'^-?[0-9]+$') THEN own_id
    ELSE COALESCE(NULLIF(${CE_ID}, ''), message_id)
  END`
/** White space as JavaScript's `trim` has it. */
const BLANK = String.raw`^[\t-\r \x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}\x{FEFF}]*$`
/** Longer ones, blanks and what is no text are no event types: services/contract/src/judge/decode-message.ts. */
const EVENT_TYPE = `IF(STARTS_WITH(own_type_json, '"') AND BYTE_LENGTH(own_type) <= 1024 AND NOT REGEXP_CONTAINS(own_type, r'${BLANK}'), own_type, '')`
const CALLER = attributeText(CALLER_ATTRIBUTE)
const CE_SOURCE = attributeText('ce-source')
const SOURCE = `IF(${CALLER} = '' OR ${CE_SOURCE} = '', CONCAT(${CALLER}, ${CE_SOURCE}), CONCAT(${CALLER}, ' ', ${CE_SOURCE}))`

/** Texts whose first ten characters may be the day of an event. */
const times = (): string[] => [
  'CAST(DATE(publish_time) AS STRING)',
  ...ownTimeFields().map(timeColumn),
  attribute('ce-time'),
]

/**
 * Where SQL may read another type, id or day than JavaScript does: keys of which an ASCII letter, as all of ours are, or NUL is an
 * escape; numbers with an exponent, with a point and more than 15 digits (a double may take 1234567.0000000001 for whole), or from 10^21 on
 * (a double that stands for one of these is no id, and is for `12345678901234567890123` none); NUL; a type that SQL does not find in text
 * that shows one. Objects with a key twice are no events, so that nobody needs to know which of the values SQL takes.
 */
const isHard =
  (): string => `IFNULL(REGEXP_CONTAINS(text, r'"(?:[^"\\\\]|\\\\.)*\\\\u00(?:00|[2-7][0-9a-fA-F])(?:[^"\\\\]|\\\\.)*"\\s*:')
    OR REGEXP_CONTAINS(own_id_json, r'^-?[0-9](?:.*[eE]|[0-9]{21})')
    OR (LENGTH(own_id_json) > 16 AND REGEXP_CONTAINS(own_id_json, r'^-?[0-9]+[.]'))
    OR (STRPOS(text, '\\\\u0000') > 0 AND REGEXP_CONTAINS(text, r'"(?:event_id|${typeField()})"'))
    OR (IFNULL(${EVENT_TYPE}, '') = '' AND REGEXP_CONTAINS(text, r'"${typeField()}"\\s*:\\s*"')), FALSE)`

/** On what Pub/Sub itself gave up on, attributes with names of ours are the publisher's. */
export const IS_FORWARDED = `${attribute('CloudPubSubDeadLetterSourceDeliveryCount')} IS NOT NULL`
/** Pub/Sub's own dead letters do not name the message that they were: @param time SQL of a TIMESTAMP, when that was published */
export const likeness = (time: string): string =>
  `CONCAT(TO_HEX(SHA256(${BYTES})), ' ', CAST(UNIX_MILLIS(${time}) AS STRING), ' ', ${SOURCE}, ' ', ${CE_ID})`

/** Ten digits and what may follow: the day in UTC may be its neighbour. */
const days =
  (): string => `(SELECT STRING_AGG(DISTINCT CONCAT(SUBSTR(time, 1, 10), IF(LENGTH(time) > 10 AND NOT ENDS_WITH(UPPER(time), 'Z'), '~', '')), ' ')
    FROM UNNEST([${times().join(', ')}]) AS time WHERE REGEXP_CONTAINS(time, r'^[0-9]{4}-[0-9]{2}-[0-9]{2}'))`

/** What reconcile needs of a message, as terraform/tables/published_keys.json has it. */
const KEY_SQL = {
  message_id: () => 'message_id',
  publish_time: () => 'publish_time',
  event_type: () => `IFNULL(${EVENT_TYPE}, '')`,
  event_id: () => keySql(EVENT_ID),
  source: () => SOURCE,
  fingerprint: () => `FARM_FINGERPRINT(${BYTES})`,
  likeness: () => `FARM_FINGERPRINT(${likeness('publish_time')})`,
  days,
  is_hard: isHard,
  // what SQL may read wrongly may tell no day
  has_no_day: () => `${isHard()} OR ${hasNoDay()}`,
}

const keys = (): string =>
  Object.entries(KEY_SQL)
    .map(([name, sql]) => (name === sql() ? name : `${sql()} AS ${name}`))
    .join(',\n      ')

/** Their names. */
export const KEY_COLUMNS = Object.keys(KEY_SQL)
/** Those of which the archive has no use. */
export const KEYS_ALONE = KEY_COLUMNS.filter(
  (name) => !['message_id', 'publish_time', 'event_type'].includes(name),
)

/**
 * SQL for the keys of the messages of a table with the columns of the record: about a seventh of their bytes.
 * - `event_type`: empty for what is no event; `event_id`: its key (text-key.ts)
 * - `fingerprint`: of the bytes; `likeness`: of what Pub/Sub's own dead letters tell of a message
 * - `days`: those that the event can be in, with blanks between them; a `~` where the day in UTC may be a neighbour of it
 * - `is_hard`: SQL may read the message wrongly; `has_no_day`: its bytes do not say of which day it is
 *
 * @param since SQL that is true for the messages that are meant
 */
export function keysOf(table: string, since: string): string {
  return `SELECT ${keys()} FROM ${messagesRead(table, since)}`
}

/**
 * The same messages as they were published, attributes as text, beside their keys: `data` is read once for both. `subscription_name` is
 * left out: it is the same in every row, and a twelfth of what BigQuery would bill.
 */
export function messagesAndKeysOf(table: string, since: string): string {
  return `SELECT ${keys()}, data, TO_JSON_STRING(attributes) AS attributes FROM ${messagesRead(table, since)}`
}

/** The messages that SQL may read wrongly, as they were published, and what SQL reads of them. */
export function hardMessagesOf(table: string, since: string): string {
  return `SELECT message_id, publish_time, data, TO_JSON_STRING(attributes) AS attributes, ${KEY_SQL.event_type()} AS event_type,
      ${KEY_SQL.event_id()} AS event_id
    FROM ${messagesRead(table, since)} WHERE ${isHard()}`
}
