import { attribute, hardMessagesOf, idKey, IS_FORWARDED, likeness } from '@tablestream/archiver'

export const PUBLISHED = 'published_messages'
const SINCE = 'publish_time >= TIMESTAMP(@since)'
/** An order of messages as `_CHANGE_SEQUENCE_NUMBER` orders rows (services/stream-writer/src/row/change-sequence.ts). */
const SEQUENCE = `CONCAT(LPAD(CAST(UNIX_MILLIS(publish_time) AS STRING), 15, '0'), '/',
    IF(REGEXP_CONTAINS(message_id, r'^[0-9]{1,19}$'), LPAD(message_id, 19, '0'), '0'))`
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
  /** Its rows take the place of those with the same source and id. */
  readonly isUpserted: boolean
}

/**
 * The event types of the messages, and the days that they can be in, of which each has that of its publish time: `near` where the day in
 * UTC may be a neighbour. `hard_hour`, in milliseconds since 1970, where SQL may read some wrongly.
 *
 * @param keys SQL with the keys of the messages
 */
export function typesAndDaysQuery(keys: string): string {
  return `SELECT DISTINCT event_type, SUBSTR(day, 1, 10) AS day, ENDS_WITH(day, '~') AS near,
      IF(is_hard, UNIX_MILLIS(TIMESTAMP_TRUNC(publish_time, HOUR)), NULL) AS hard_hour
    FROM (${keys}), UNNEST(SPLIT(days, ' ')) AS day`
}

/**
 * The messages that SQL may read wrongly, as they were published.
 *
 * @param hours SQL that is true for the hours in which they are
 */
export function hardMessagesQuery(name: Name, hours: string, most: number): string {
  return `${hardMessagesOf(name(PUBLISHED), `${SINCE} AND ${hours}`)} LIMIT ${most}`
}

/** A table with the place that its type has in the parameter `@types`. */
export type PlacedTable = EventTable & { readonly place: number }

export interface LedgerParts {
  readonly name: Name
  /** SQL with the keys of the messages. */
  readonly keys: string
  readonly tables: readonly PlacedTable[]
  /** SQL that is true for rows of the days that the messages can be in. */
  readonly days: string
  /** Whether messages are told as JavaScript reads them: in `@hard_ids`, `@hard_types` and `@hard_event_ids`. */
  readonly hasHard: boolean
  /** How many messages without an end are told at most, */
  readonly mostMissing: number
  /** and how many collisions. */
  readonly mostCollisions: number
}

/**
 * What became of each message whose type is in `@types`. Is there a row with the fingerprint of its bytes, its source and its id? Is it
 * a dead letter? Did a later one of its id take its place? One query for sums and names, so that both tell of the same moment.
 */
export function ledgerQuery(parts: LedgerParts): string {
  const { mostMissing, mostCollisions } = parts
  return `WITH ${lettersOf(parts)},
  ${messagesOf(parts)},
  ${eventsOf(parts)},
  ${FATES}
  SELECT 'account' AS kind, s.place, '' AS event_id, '' AS source, '' AS message_ids, 0 AS millis, s.messages, s.landed, s.duplicates,
    s.dead_lettered, s.missing, s.replaced, s.extra_rows, IFNULL(c.collisions, 0) AS collisions, 0 AS has_no_day, '' AS fingerprint,
    '' AS event_key, '' AS source_key
  FROM sums AS s LEFT JOIN collision_sums AS c ON c.place = s.place
  UNION ALL (
    SELECT 'missing', place, SUBSTR(event_id, 1, ${SHOWN}), SUBSTR(source, 1, ${SHOWN}), SUBSTR(first_missing, 17),
      CAST(SUBSTR(first_missing, 1, 15) AS INT64), messages, 0, 0, dead, missing, replaced, 0, 0, has_no_day,
      CAST(fingerprint AS STRING), CAST(FARM_FINGERPRINT(event_id) AS STRING), CAST(FARM_FINGERPRINT(source) AS STRING)
    FROM ends WHERE missing > 0 ORDER BY first_missing LIMIT ${mostMissing}
  )
  UNION ALL (
    SELECT 'collision', place, SUBSTR(event_id, 1, ${SHOWN}), SUBSTR(source, 1, ${SHOWN}), message_ids, millis, messages, 0, 0, 0, 0,
      0, 0, contents, 0, '', '', ''
    FROM collisions ORDER BY millis LIMIT ${mostCollisions}
  )`
}

const part = (name: string): string => `IFNULL(SAFE_CAST(${attribute(name)} AS INT64), 1)`

/** Dead letters of messages that were published since then came after them: ours name their message, Pub/Sub's own do not. */
function lettersOf({ name }: LedgerParts): string {
  const publishTime = `SAFE_CAST(${attribute('CloudPubSubDeadLetterSourceTopicPublishTime')} AS TIMESTAMP)`
  return `named_letters AS (
    SELECT ${attribute('dead-letter-message-id')} AS message_id
    FROM ${name('dead_letters')} WHERE ${SINCE} AND NOT (${IS_FORWARDED})
    -- one of which a part is not there holds not what was published
    GROUP BY 1 HAVING COUNT(DISTINCT ${part('dead-letter-part')}) >= MAX(${part('dead-letter-parts')})
  ),
  forwarded_letters AS (
    SELECT FARM_FINGERPRINT(${likeness(publishTime)}) AS likeness, COUNT(DISTINCT letter.message_id) AS letters
    FROM ${name('dead_letters')} AS letter WHERE ${SINCE} AND ${IS_FORWARDED} GROUP BY 1
  )`
}

function messagesOf({ keys, hasHard }: LedgerParts): string {
  const hard = `LEFT JOIN (
      SELECT hard_id, hard_type, hard_event_id FROM UNNEST(@hard_ids) AS hard_id WITH OFFSET AS place
        JOIN UNNEST(@hard_types) AS hard_type WITH OFFSET AS of_type ON of_type = place
        JOIN UNNEST(@hard_event_ids) AS hard_event_id WITH OFFSET AS of_id ON of_id = place
    ) ON hard_id = message_id`
  const either = (read: string, own: string): string =>
    hasHard ? `IF(hard_id IS NULL, ${own}, ${read})` : own
  // the window is over what is needed of a message, not over its bytes
  return `published AS (SELECT * FROM (
    SELECT message_id, UNIX_MILLIS(publish_time) AS millis, ${SEQUENCE} AS sequence,
      ${either('hard_type', 'event_type')} AS event_type, ${either('hard_event_id', 'event_id')} AS event_id,
      source, fingerprint, likeness, IF(has_no_day, 1, 0) AS has_no_day
    FROM (${keys}) ${hasHard ? hard : ''}
  ) WHERE TRUE QUALIFY ROW_NUMBER() OVER (PARTITION BY message_id) = 1),
  types AS (SELECT event_type, place FROM UNNEST(@types) AS event_type WITH OFFSET AS place),
  messages AS (
    SELECT t.place, p.event_id, p.source, p.fingerprint, p.message_id, p.millis, p.sequence, p.likeness,
      -- whose id is its message's has no twin of another day
      IF(p.has_no_day = 1 AND p.event_id != p.message_id, 1, 0) AS has_no_day,
      IF(n.message_id IS NULL, 0, 1) AS is_named, IFNULL(f.letters, 0) AS letters
    FROM published AS p JOIN types AS t ON t.event_type = p.event_type
      LEFT JOIN named_letters AS n ON n.message_id = p.message_id
      LEFT JOIN forwarded_letters AS f ON f.likeness = p.likeness
  )`
}

/** Messages and rows with the same type, source, id and bytes are one event. */
function eventsOf({ name, tables, days }: LedgerParts): string {
  const rows = tables.map(({ place, table, hasFingerprint }) => {
    const own = hasFingerprint
      ? '_source AS source, _fingerprint AS fingerprint'
      : 'CAST(NULL AS STRING) AS source, CAST(NULL AS INT64) AS fingerprint'
    return `SELECT ${place} AS place, ${idKey('event_id')} AS event_id, ${own} FROM ${name(table)} WHERE ${days}`
  })
  const noRows = `SELECT 0 AS place, '' AS event_id, '' AS source, 0 AS fingerprint FROM UNNEST([1]) AS one WHERE FALSE`
  const upserted = tables.filter(({ isUpserted }) => isUpserted).map(({ place }) => place)
  const ofId = 'OVER (PARTITION BY place, event_id, source)'
  return `landed AS (${rows.join(' UNION ALL ') || noRows}),
  by_event AS (
    SELECT place, event_id, source, fingerprint, SUM(messages) AS messages, SUM(copies) AS copies, MIN(message_id) AS message_id,
      MIN(millis) AS millis, IFNULL(MAX(IF(is_dead = 0, sequence, NULL)), MAX(sequence)) AS latest
    FROM (
      SELECT place, event_id, source, fingerprint, 1 AS messages, 0 AS copies, message_id, millis, sequence,
        IF(is_named = 1 OR letters > 0, 1, 0) AS is_dead FROM messages
      UNION ALL SELECT place, event_id, source, fingerprint, 0, 1, NULL, NULL, NULL, 0 FROM landed
    ) GROUP BY 1, 2, 3, 4
  ),
  with_rows AS (
    SELECT *, IF(copies > 0, copies, SUM(IF(fingerprint IS NULL, copies, 0)) OVER (PARTITION BY place, event_id)) AS rows_of_event
    FROM by_event
  ),
  events AS (
    SELECT *, COUNT(fingerprint) ${ofId} AS contents, SUM(messages) ${ofId} AS messages_of_id,
      IF(place IN (${[-1, ...upserted].join(', ')}), MAX(IF(copies > 0, latest, NULL)) ${ofId}, NULL) AS replaced_before,
      ROW_NUMBER() OVER (PARTITION BY place, event_id, source ORDER BY IFNULL(millis, 9007199254740991)) AS number
    FROM with_rows
  )`
}

/**
 * Of messages that look alike so many are dead letters as Pub/Sub made of them: those that have no other end first. What a later message
 * of its id replaced has its end; what was published after the row that stands is missing.
 */
const FATES = `told AS (
    SELECT m.place, m.event_id, m.source, m.fingerprint, m.has_no_day, m.is_named, m.letters, e.rows_of_event,
      CONCAT(LPAD(CAST(m.millis AS STRING), 15, '0'), ' ', m.message_id) AS told_as,
      IF(m.sequence < e.replaced_before, 1, 0) AS is_replaced,
      ROW_NUMBER() OVER (
        PARTITION BY IF(m.is_named = 0 AND m.letters > 0, CAST(m.likeness AS STRING), m.message_id)
        ORDER BY IF(e.rows_of_event > 0, 2, IF(m.sequence < e.replaced_before, 1, 0)), m.message_id
      ) AS number
    FROM messages AS m JOIN events AS e
      ON e.place = m.place AND e.event_id = m.event_id AND e.source = m.source AND e.fingerprint = m.fingerprint
  ),
  fates AS (
    SELECT *, CASE
        WHEN is_named = 1 OR number <= letters THEN 'dead'
        WHEN rows_of_event > 0 THEN 'there'
        WHEN is_replaced = 1 THEN 'replaced'
        ELSE 'missing'
      END AS fate
    FROM told
  ),
  ends AS (
    SELECT place, event_id, source, fingerprint, MAX(rows_of_event) AS rows_of_event, MAX(has_no_day) AS has_no_day,
      COUNT(*) AS messages, COUNTIF(fate = 'dead') AS dead, COUNTIF(fate = 'missing') AS missing,
      COUNTIF(fate = 'replaced') AS replaced, MIN(IF(fate = 'missing', told_as, NULL)) AS first_missing
    FROM fates GROUP BY 1, 2, 3, 4
  ),
  sums AS (
    SELECT place, SUM(messages) AS messages, COUNTIF(rows_of_event > 0) AS landed,
      SUM(IF(rows_of_event > 0, messages - 1 - LEAST(dead, messages - 1), 0)) AS duplicates,
      SUM(IF(rows_of_event > 0, LEAST(dead, messages - 1), dead)) AS dead_lettered,
      SUM(missing) AS missing, SUM(replaced) AS replaced, SUM(GREATEST(rows_of_event - 1, 0)) AS extra_rows
    FROM ends GROUP BY 1
  ),
  collision_sums AS (
    SELECT place, COUNT(*) AS collisions FROM events WHERE contents > 1 AND number = 1 AND messages_of_id > 0 GROUP BY 1
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
  )`

/**
 * Rows of these tables of any earlier day with one of the `@fingerprints`: those of an event that has no day of its own and was sent
 * again on another one.
 *
 * @param until YYYY-MM-DD
 */
export function earlierRowsQuery(name: Name, tables: readonly string[], until: string): string {
  const rows = tables.map(
    (table, place) =>
      `SELECT ${place} AS place, ${idKey('event_id')} AS event_id, _source AS source, _fingerprint AS fingerprint FROM ${name(table)}
       WHERE event_date <= DATE '${until}'`,
  )
  return `WITH wanted AS (SELECT DISTINCT CAST(text AS INT64) AS fingerprint FROM UNNEST(@fingerprints) AS text),
  landed AS (${rows.join(' UNION ALL ')})
  SELECT l.place, CAST(l.fingerprint AS STRING) AS fingerprint, CAST(FARM_FINGERPRINT(l.event_id) AS STRING) AS event_key,
    CAST(FARM_FINGERPRINT(l.source) AS STRING) AS source_key, COUNT(*) AS copies
  FROM landed AS l JOIN wanted AS w ON w.fingerprint = l.fingerprint GROUP BY 1, 2, 3, 4`
}
