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
/** JavaScript takes the last of several keys, SQL the first, and SQL may round long numbers: there the row's own id counts. */
const IS_ODD = `(REGEXP_CONTAINS(${TEXT}, r'"event_id"(?s:.*)"event_id"')
    OR REGEXP_CONTAINS(IFNULL(${OWN_ID_JSON}, ''), r'^-?[0-9].{14}'))`
const EVENT_TYPE = `IFNULL(${field('event_type')}, '')`
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

/** A table of events, as far as its columns are known. */
export interface EventTable {
  readonly table: string
  /** False for one that was made before there were `_source` and `_fingerprint`. */
  readonly hasFingerprint: boolean
}

export interface LedgerParts {
  readonly name: (table: string) => string
  /** Event types that messages may be of, with their tables. */
  readonly destinations: ReadonlyMap<string, string>
  readonly tables: readonly EventTable[]
  /** SQL that is true for rows of the days that the messages can be in. */
  readonly days: string
  /** How many messages without an end, and collisions, are named at most. */
  readonly most: number
}

/** The event types of the messages, and the days that they can be in: `near` where the day in UTC may be a neighbour. */
export function typesAndDaysQuery(published: string): string {
  return `SELECT DISTINCT event_type, SUBSTR(time, 1, 10) AS day, LENGTH(time) > 10 AND NOT ENDS_WITH(UPPER(time), 'Z') AS near
    FROM (SELECT ${EVENT_TYPE} AS event_type, [${TIMES.join(', ')}] AS times
      FROM ${published} WHERE publish_time >= TIMESTAMP(@since)), UNNEST(times) AS time
    WHERE time IS NOT NULL`
}

/** What looks like an event type in messages that name more than one: which one counts is seen by the table that they are in. */
export function otherTypesQuery(published: string): string {
  return `SELECT DISTINCT event_type FROM (
      SELECT REGEXP_EXTRACT_ALL(${TEXT}, r'"event_type"\\s*:\\s*"([^"]+)"') AS event_types
      FROM ${published} WHERE publish_time >= TIMESTAMP(@since)), UNNEST(event_types) AS event_type
    WHERE ARRAY_LENGTH(event_types) > 1`
}

/**
 * Message by message: is there a row with the fingerprint of its bytes, its source and its id? One query for sums and names, so
 * that both tell of the same moment.
 */
export function ledgerQuery({ name, destinations, tables, days, most }: LedgerParts): string {
  const pairs = [...destinations].map(
    ([type, table]) => `SELECT ${textOf(type)} AS event_type, ${textOf(table)} AS table_name`,
  )
  const rows = tables.map(({ table, hasFingerprint }) => {
    const own = hasFingerprint
      ? '_source AS source, _fingerprint AS fingerprint'
      : 'CAST(NULL AS STRING) AS source, CAST(NULL AS INT64) AS fingerprint'
    return `SELECT ${textOf(table)} AS table_name, event_id, ${own} FROM ${name(table)} WHERE ${days}`
  })
  const noRows = `SELECT CAST(NULL AS STRING) AS table_name, CAST(NULL AS STRING) AS event_id, CAST(NULL AS STRING) AS source,
    CAST(NULL AS INT64) AS fingerprint LIMIT 0`
  const noPairs = 'SELECT CAST(NULL AS STRING) AS event_type, CAST(NULL AS STRING) AS table_name LIMIT 0'
  return `WITH published AS (
    SELECT message_id, publish_time, ${EVENT_TYPE} AS event_type, ${EVENT_ID} AS event_id, ${SOURCE} AS source, ${IS_ODD} AS is_odd,
      FARM_FINGERPRINT(data) AS fingerprint, ${BYTES_AND_TIME} AS bytes_and_time
    FROM ${name('published_messages')} WHERE publish_time >= TIMESTAMP(@since)
    QUALIFY ROW_NUMBER() OVER (PARTITION BY message_id) = 1
  ),
  dead AS (SELECT message_id, ${BYTES_AND_TIME} AS bytes_and_time FROM ${name('dead_letter_reasons')}),
  destinations AS (${pairs.join(' UNION ALL ') || noPairs}),
  all_rows AS (${rows.join(' UNION ALL ') || noRows}),
  landed AS (
    SELECT table_name, event_id, source, fingerprint, COUNT(*) AS copies FROM all_rows GROUP BY 1, 2, 3, 4
  ),
  matched AS (
    SELECT p.message_id, l.table_name, l.event_id, l.copies, IF(l.event_id = p.event_id, 0, 1) AS distance
    FROM published AS p JOIN landed AS l ON l.fingerprint = p.fingerprint AND l.source = p.source
    WHERE l.event_id = p.event_id OR p.is_odd
    UNION ALL
    SELECT p.message_id, l.table_name, l.event_id, l.copies, 2 AS distance
    FROM published AS p JOIN destinations AS d ON d.event_type = p.event_type
      JOIN landed AS l ON l.table_name = d.table_name AND l.event_id = p.event_id
    WHERE l.fingerprint IS NULL
  ),
  best AS (
    SELECT message_id, table_name, event_id, copies FROM matched WHERE TRUE
    QUALIFY ROW_NUMBER() OVER (PARTITION BY message_id ORDER BY distance, table_name, event_id) = 1
  ),
  messages AS (
    SELECT p.message_id, p.publish_time, p.source, p.fingerprint, IFNULL(b.table_name, d.table_name) AS table_name,
      IFNULL(b.event_id, p.event_id) AS event_id, IFNULL(b.copies, 0) AS copies,
      p.message_id IN (SELECT message_id FROM dead WHERE message_id IS NOT NULL)
        OR p.bytes_and_time IN (SELECT bytes_and_time FROM dead WHERE message_id IS NULL AND bytes_and_time IS NOT NULL) AS is_dead
    FROM published AS p JOIN destinations AS d ON d.event_type = p.event_type LEFT JOIN best AS b ON b.message_id = p.message_id
  ),
  contents AS (
    SELECT table_name, event_id, source, COUNT(DISTINCT fingerprint) AS contents FROM (
      SELECT table_name, event_id, source, fingerprint FROM messages
      UNION ALL SELECT table_name, event_id, source, fingerprint FROM landed WHERE fingerprint IS NOT NULL
    ) WHERE table_name != '' GROUP BY 1, 2, 3
  ),
  others AS (
    SELECT table_name, event_id, source, COUNT(*) AS landed FROM landed WHERE fingerprint IS NOT NULL GROUP BY 1, 2, 3
  ),
  by_event AS (
    SELECT table_name, event_id, source, fingerprint, COUNT(*) AS messages, COUNTIF(is_dead) AS dead, MAX(copies) AS copies
    FROM messages GROUP BY 1, 2, 3, 4
  ),
  sums AS (
    SELECT e.table_name, SUM(e.messages) AS messages, SUM(IF(e.copies > 0, 1, 0)) AS landed,
      SUM(IF(e.copies > 0, e.messages - 1 - LEAST(e.dead, e.messages - 1), 0)) AS duplicates,
      SUM(IF(e.copies > 0, LEAST(e.dead, e.messages - 1), e.dead)) AS dead_lettered,
      SUM(IF(e.copies = 0, e.messages - e.dead, 0)) AS missing,
      SUM(IF(e.copies = 0 AND o.landed > 0, e.messages - e.dead, 0)) AS outdone,
      SUM(GREATEST(e.copies - 1, 0)) AS extra_rows
    FROM by_event AS e
      LEFT JOIN others AS o ON o.table_name = e.table_name AND o.event_id = e.event_id AND o.source = e.source
    GROUP BY 1
  ),
  collisions AS (
    SELECT c.table_name, c.event_id, c.source, MAX(c.contents) AS contents, STRING_AGG(m.message_id, ' ') AS message_ids,
      MIN(m.publish_time) AS publish_time
    FROM contents AS c
      JOIN messages AS m ON m.table_name = c.table_name AND m.event_id = c.event_id AND m.source = c.source
    WHERE c.contents > 1 GROUP BY 1, 2, 3
  )
  SELECT 'account' AS kind, s.table_name, '' AS event_id, '' AS source, '' AS message_ids, 0 AS millis, s.messages, s.landed,
    s.duplicates, s.dead_lettered, s.missing, s.outdone, s.extra_rows,
    (SELECT COUNT(*) FROM collisions AS c WHERE c.table_name = s.table_name) AS collisions
  FROM sums AS s
  UNION ALL (
    SELECT 'missing' AS kind, m.table_name, m.event_id, m.source, m.message_id, UNIX_MILLIS(m.publish_time), 1, 0, 0, 0, 1,
      IF(o.landed > 0, 1, 0), 0, 0
    FROM messages AS m
      LEFT JOIN others AS o ON o.table_name = m.table_name AND o.event_id = m.event_id AND o.source = m.source
    WHERE m.copies = 0 AND NOT m.is_dead ORDER BY m.publish_time LIMIT ${most}
  )
  UNION ALL (
    SELECT 'collision' AS kind, table_name, event_id, source, message_ids, UNIX_MILLIS(publish_time), 0, 0, 0, 0, 0, 0, 0, contents
    FROM collisions ORDER BY publish_time LIMIT ${most}
  )`
}

/** A text in GoogleSQL. */
function textOf(text: string): string {
  return JSON.stringify(text)
}
