import { CALLER_ATTRIBUTE, CATALOGUE, timeFieldsOf } from '@tablestream/contract'

// the rules of services/contract/src/decode-message.ts, in SQL
const TEXT = 'SAFE_CONVERT_BYTES_TO_STRING(data)'
const field = (name: string): string => `SAFE.JSON_VALUE(${TEXT}, '$.${name}')`
const attribute = (name: string): string => `IFNULL(JSON_VALUE(attributes, '$."${name}"'), '')`

const OWN_ID = field('event_id')
const OWN_ID_JSON = `CAST(SAFE.JSON_QUERY(${TEXT}, '$.event_id') AS STRING)`
const OWN_NUMBER = `SAFE_CAST(${OWN_ID} AS FLOAT64)`
/** 1.0 and 1e3 are whole numbers as 1 and 1000 are; JavaScript is exact up to here. */
const IS_WHOLE = `ABS(${OWN_NUMBER}) <= 9007199254740991 AND ${OWN_NUMBER} = TRUNC(${OWN_NUMBER})`
const EVENT_ID = `CASE
    WHEN STARTS_WITH(${OWN_ID_JSON}, '"') AND ${OWN_ID} != '' THEN ${OWN_ID}
    WHEN REGEXP_CONTAINS(${OWN_ID_JSON}, r'^-?[0-9]') AND ${IS_WHOLE} THEN CAST(CAST(${OWN_NUMBER} AS INT64) AS STRING)
    WHEN REGEXP_CONTAINS(${OWN_ID_JSON}, r'^-?[0-9]+$') THEN ${OWN_ID}
    ELSE COALESCE(NULLIF(${attribute('ce-id')}, ''), message_id)
  END`
/** SQL may round long numbers, and does not spell out exponents: there the row's own id counts. So it does where an id comes twice. */
const IS_ODD = `(REGEXP_CONTAINS(${TEXT}, r'"event_id"(?s:.*)"event_id"')
    OR REGEXP_CONTAINS(IFNULL(${OWN_ID_JSON}, ''), r'^-?[0-9](.{14}|.*[eE])'))`
/** Longer ones are no event types: services/contract/src/decode-message.ts. */
const EVENT_TYPE = `IF(BYTE_LENGTH(${field('event_type')}) <= 1024, ${field('event_type')}, '')`
const CALLER = attribute(CALLER_ATTRIBUTE)
const CE_SOURCE = attribute('ce-source')
const SOURCE = `IF(${CALLER} = '' OR ${CE_SOURCE} = '', CONCAT(${CALLER}, ${CE_SOURCE}), CONCAT(${CALLER}, ' ', ${CE_SOURCE}))`
// Pub/Sub's own dead letters do not name the message that they were
const BYTES_AND_TIME = `CONCAT(TO_HEX(SHA256(data)), ' ', CAST(UNIX_MILLIS(publish_time) AS STRING))`

const TIME_FIELDS = [...new Set(['', ...CATALOGUE.map(({ type }) => type)].flatMap(timeFieldsOf))]
/** Texts whose first ten characters may be the day of an event. */
const TIMES = [
  'CAST(DATE(publish_time) AS STRING)',
  ...['event_date', ...TIME_FIELDS].map(field),
  attribute('ce-time'),
]

const KEYS = ['event_type', 'event_id', 'event_date', ...TIME_FIELDS]
/** Keys that come twice, or are written with escapes: JavaScript takes the last of several, SQL the first, or none. */
const IS_AMBIGUOUS = `(${EVENT_TYPE} IS NULL OR ${EVENT_TYPE} = '' OR STRPOS(${TEXT}, '\\\\') > 0
    OR ${KEYS.map((key) => `REGEXP_CONTAINS(${TEXT}, r'"${key}"(?s:.*)"${key}"')`).join(' OR ')})`

export const PUBLISHED = 'published_messages'
/** Of texts that strangers choose so much is shown. */
const SHOWN = 200
/** Message ids that are told of one collision. */
const MOST_IDS = 10

/** The full name of a table, in backticks. */
export type Name = (table: string) => string

/** A table of events, as far as its columns are known. */
export interface EventTable {
  readonly table: string
  /** False for one that was made before there were `_source` and `_fingerprint`. */
  readonly hasFingerprint: boolean
}

/** The event types of the messages, and the days that they can be in: `near` where the day in UTC may be a neighbour. */
export function typesAndDaysQuery(name: Name): string {
  return `SELECT DISTINCT event_type, SUBSTR(time, 1, 10) AS day, LENGTH(time) > 10 AND NOT ENDS_WITH(UPPER(time), 'Z') AS near
    FROM (SELECT IFNULL(${EVENT_TYPE}, '') AS event_type, [${TIMES.join(', ')}] AS times
      FROM ${name(PUBLISHED)} WHERE publish_time >= TIMESTAMP(@since)), UNNEST(times) AS time
    WHERE time IS NOT NULL`
}

export interface LedgerParts {
  readonly name: Name
  /** Tables of events, each with the place that its type has in the parameter `@types`. */
  readonly tables: readonly (EventTable & { readonly place: number })[]
  /** SQL that is true for rows of the days that the messages can be in. */
  readonly days: string
  /** How many messages without an end are told at most, */
  readonly mostMissing: number
  /** and how many collisions. */
  readonly mostCollisions: number
}

/**
 * Of the messages whose type is in `@types`: is there a row with the fingerprint of its bytes, its source and its id? One query for
 * sums and names, so that both tell of the same moment. Messages and rows are one list, put together by what they have in common.
 */
export function ledgerQuery({ name, tables, days, mostMissing, mostCollisions }: LedgerParts): string {
  const rows = tables.map(({ place, table, hasFingerprint }) => {
    const own = hasFingerprint
      ? '_source AS source, _fingerprint AS fingerprint'
      : 'CAST(NULL AS STRING) AS source, CAST(NULL AS INT64) AS fingerprint'
    return `SELECT ${place} AS place, event_id, ${own} FROM ${name(table)} WHERE ${days}`
  })
  const noRows = `SELECT 0 AS place, '' AS event_id, '' AS source, 0 AS fingerprint FROM UNNEST([1]) AS one WHERE FALSE`
  const ofId = 'OVER (PARTITION BY place, event_id, source)'
  return `WITH published AS (
    SELECT message_id, UNIX_MILLIS(publish_time) AS millis, IFNULL(${EVENT_TYPE}, '') AS event_type, ${EVENT_ID} AS event_id,
      ${SOURCE} AS source, IF(${IS_ODD}, 1, 0) AS odd, IF(${IS_AMBIGUOUS}, 1, 0) AS ambiguous,
      FARM_FINGERPRINT(data) AS fingerprint, ${BYTES_AND_TIME} AS bytes_and_time
    FROM ${name(PUBLISHED)} AS message WHERE publish_time >= TIMESTAMP(@since)
    QUALIFY ROW_NUMBER() OVER (PARTITION BY message.message_id) = 1
  ),
  dead AS (SELECT message_id, ${BYTES_AND_TIME} AS bytes_and_time FROM ${name('dead_letter_reasons')}),
  types AS (SELECT event_type, place FROM UNNEST(@types) AS event_type WITH OFFSET AS place),
  messages AS (
    SELECT t.place, p.event_id, p.source, p.fingerprint, p.message_id, p.millis, p.odd, p.ambiguous,
      IF(p.message_id IN (SELECT message_id FROM dead WHERE message_id IS NOT NULL)
        OR p.bytes_and_time IN (SELECT bytes_and_time FROM dead WHERE message_id IS NULL AND bytes_and_time IS NOT NULL),
        1, 0) AS dead
    FROM published AS p JOIN types AS t ON t.event_type = p.event_type
  ),
  landed AS (${rows.join(' UNION ALL ') || noRows}),
  everything AS (
    SELECT place, event_id, source, fingerprint, 1 AS messages, dead, 0 AS copies, message_id, millis, odd, ambiguous,
      IF(dead = 1, NULL, message_id) AS lost_id, IF(dead = 1, NULL, millis) AS lost_millis FROM messages
    UNION ALL
    SELECT place, event_id, source, fingerprint, 0, 0, 1, NULL, NULL, 0, 0, NULL, NULL FROM landed
  ),
  by_key AS (
    SELECT place, event_id, source, fingerprint, SUM(messages) AS messages, SUM(dead) AS dead, SUM(copies) AS copies,
      MIN(message_id) AS message_id, MIN(millis) AS millis, MAX(odd) AS odd, MAX(ambiguous) AS ambiguous,
      MIN(lost_id) AS lost_id, MIN(lost_millis) AS lost_millis
    FROM everything GROUP BY 1, 2, 3, 4
  ),
  named AS (
    SELECT *, MAX(IF(copies > 0, event_id, NULL)) OVER (PARTITION BY place, source, fingerprint) AS landed_id FROM by_key
  ),
  by_event AS (
    SELECT place, IF(copies = 0 AND odd = 1, IFNULL(landed_id, event_id), event_id) AS event_id, source, fingerprint,
      SUM(messages) AS messages, SUM(dead) AS dead, SUM(copies) AS copies, MIN(message_id) AS message_id,
      MIN(millis) AS millis, MAX(ambiguous) AS ambiguous, MIN(lost_id) AS lost_id, MIN(lost_millis) AS lost_millis
    FROM named GROUP BY 1, 2, 3, 4
  ),
  events AS (
    SELECT place, event_id, source, fingerprint, messages, dead, message_id, millis, ambiguous, lost_id, lost_millis,
      IF(copies > 0, copies, SUM(IF(fingerprint IS NULL, copies, 0)) OVER (PARTITION BY place, event_id)) AS rows_of_event,
      SUM(IF(copies > 0, 1, 0)) ${ofId} AS landed_contents, COUNT(fingerprint) ${ofId} AS contents,
      SUM(messages) ${ofId} AS messages_of_id,
      ROW_NUMBER() OVER (PARTITION BY place, event_id, source ORDER BY IFNULL(millis, 9007199254740991)) AS number
    FROM by_event
  ),
  sums AS (
    SELECT place, SUM(messages) AS messages, SUM(IF(rows_of_event > 0 AND messages > 0, 1, 0)) AS landed,
      SUM(IF(rows_of_event > 0 AND messages > 0, messages - 1 - LEAST(dead, messages - 1), 0)) AS duplicates,
      SUM(IF(rows_of_event > 0 AND messages > 0, LEAST(dead, messages - 1), dead)) AS dead_lettered,
      SUM(IF(rows_of_event = 0, messages - dead, 0)) AS missing,
      SUM(IF(rows_of_event = 0 AND landed_contents > 0, messages - dead, 0)) AS outdone,
      SUM(IF(messages > 0, GREATEST(rows_of_event - 1, 0), 0)) AS extra_rows,
      SUM(IF(contents > 1 AND number = 1, 1, 0)) AS collisions
    FROM events WHERE messages_of_id > 0 GROUP BY 1
  ),
  first_ten AS (
    SELECT place, event_id, source, message_id, millis, contents, messages_of_id FROM events
    WHERE contents > 1 AND messages > 0
    QUALIFY ROW_NUMBER() OVER (PARTITION BY place, event_id, source ORDER BY millis) <= ${MOST_IDS}
  ),
  collisions AS (
    SELECT place, event_id, source, STRING_AGG(message_id, ' ') AS message_ids, MIN(millis) AS millis, MAX(contents) AS contents,
      MAX(messages_of_id) AS messages
    FROM first_ten GROUP BY 1, 2, 3
  )
  SELECT 'account' AS kind, place, '' AS event_id, '' AS source, '' AS message_ids, 0 AS millis, messages, landed, duplicates,
    dead_lettered, missing, outdone, extra_rows, collisions, 0 AS ambiguous, '' AS fingerprint, '' AS event_key, '' AS source_key
  FROM sums
  UNION ALL (
    SELECT 'missing', place, SUBSTR(event_id, 1, ${SHOWN}), SUBSTR(source, 1, ${SHOWN}), lost_id, lost_millis, messages, 0, 0,
      dead, messages - dead, landed_contents, 0, 0, ambiguous, CAST(fingerprint AS STRING),
      CAST(FARM_FINGERPRINT(event_id) AS STRING), CAST(FARM_FINGERPRINT(source) AS STRING)
    FROM events WHERE rows_of_event = 0 AND messages > dead
    ORDER BY IF(landed_contents > 0, 1, 0), lost_millis LIMIT ${mostMissing}
  )
  UNION ALL (
    SELECT 'collision', place, SUBSTR(event_id, 1, ${SHOWN}), SUBSTR(source, 1, ${SHOWN}), message_ids, millis, messages, 0, 0, 0, 0,
      0, 0, contents, 0, '', '', ''
    FROM collisions ORDER BY millis LIMIT ${mostCollisions}
  )`
}

/** Rows of these tables, of any day, with one of the `@fingerprints`: what landed of events that SQL reads otherwise. */
export function fingerprintQuery(name: Name, tables: readonly string[]): string {
  const rows = tables.map(
    (table, place) =>
      `SELECT ${place} AS place, event_id, _source AS source, _fingerprint AS fingerprint FROM ${name(table)}
       WHERE event_date >= DATE '0001-01-01'`,
  )
  return `WITH wanted AS (SELECT DISTINCT CAST(text AS INT64) AS fingerprint FROM UNNEST(@fingerprints) AS text),
  landed AS (${rows.join(' UNION ALL ')})
  SELECT l.place, CAST(l.fingerprint AS STRING) AS fingerprint, CAST(FARM_FINGERPRINT(l.event_id) AS STRING) AS event_key,
    CAST(FARM_FINGERPRINT(l.source) AS STRING) AS source_key, COUNT(*) AS copies
  FROM landed AS l JOIN wanted AS w ON w.fingerprint = l.fingerprint GROUP BY 1, 2, 3, 4`
}

/**
 * Which of the rows, by place in `@fingerprints` and `@event_keys`, have the id of a message: a row with another id than a message's
 * of the same bytes is that message's own, unless it has its id from another message.
 */
export function idsOfMessagesQuery(name: Name): string {
  return `SELECT DISTINCT r.place FROM (
      SELECT FARM_FINGERPRINT(data) AS fingerprint, FARM_FINGERPRINT(message_id) AS message_key,
        FARM_FINGERPRINT(${attribute('ce-id')}) AS event_key
      FROM ${name(PUBLISHED)} WHERE publish_time >= TIMESTAMP(@since)
    ) AS p JOIN (
      SELECT CAST(text AS INT64) AS fingerprint, CAST(event_key AS INT64) AS event_key, place
      FROM UNNEST(@fingerprints) AS text WITH OFFSET AS place
        JOIN UNNEST(@event_keys) AS event_key WITH OFFSET AS also ON also = place
    ) AS r ON r.fingerprint = p.fingerprint
    WHERE r.event_key = p.message_key OR r.event_key = p.event_key`
}
