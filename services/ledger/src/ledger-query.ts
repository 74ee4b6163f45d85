import { attribute, hardMessagesOf, IS_FORWARDED, keySql, likeness } from '@tablestream/archiver'
import { FATES } from './ledger-fates.ts'

export const PUBLISHED = 'published_messages'
const SINCE = 'publish_time >= TIMESTAMP(@since)'
/** An order of messages as `_CHANGE_SEQUENCE_NUMBER` orders rows (services/stream-writer/src/row/change-sequence.ts). */
const SEQUENCE = `CONCAT(LPAD(CAST(UNIX_MILLIS(publish_time) AS STRING), 15, '0'), '/',
    IF(REGEXP_CONTAINS(message_id, r'^[0-9]{1,19}$'), LPAD(message_id, 19, '0'), '0'))`
/** Of texts that strangers choose so much is shown. */
const SHOWN = 200

/** The full name of a table, in backticks. */
export type Name = (table: string) => string

/** A table of events, as far as its columns are known. */
export interface EventTable {
  readonly table: string
  /** False for one that was made before there was `_source`, */
  readonly hasSource: boolean
  /** or before there was `_fingerprint`. */
  readonly hasFingerprint: boolean
  /** Its rows take the place of those with the same source and id. */
  readonly isUpserted: boolean
}

/**
 * The event types of the messages, and the days that they can be in, of which each has that of its publish time: `near` where the day in
 * UTC may be a neighbour. `hard_hour`, in milliseconds since 1970, where SQL may read some wrongly. Each message counts once.
 *
 * @param keys SQL with the keys of the messages
 */
export function typesAndDaysQuery(keys: string): string {
  return `SELECT event_type, SUBSTR(day, 1, 10) AS day, ENDS_WITH(day, '~') AS near,
      IF(is_hard, UNIX_MILLIS(TIMESTAMP_TRUNC(publish_time, HOUR)), NULL) AS hard_hour, SUM(IF(number = 0, 1, 0)) AS messages
    FROM (${keys}), UNNEST(SPLIT(days, ' ')) AS day WITH OFFSET AS number GROUP BY 1, 2, 3, 4`
}

/**
 * The messages that SQL may read wrongly, as they were published, and what SQL reads of them.
 *
 * @param hours SQL that is true for the hours in which they are
 */
export function hardMessagesQuery(name: Name, hours: string): string {
  return hardMessagesOf(name(PUBLISHED), `${SINCE} AND ${hours}`)
}

/** A table with the place that its type has in the parameter `@types`. */
export interface PlacedTable extends EventTable {
  readonly place: number
  /** SQL that is true for rows of the days that the messages of its type can be in. */
  readonly days: string
}

export interface LedgerParts {
  readonly name: Name
  /** SQL with the keys of the messages. */
  readonly keys: string
  readonly tables: readonly PlacedTable[]
  /**
   * Which of the messages that SQL may read wrongly are told as JavaScript reads them: in `@hard_ids`, `@hard_event_ids` and
   * `@hard_places`, -1 for a type that is not in `@types`. `some`: the others of that kind are left out.
   */
  readonly hard: 'none' | 'all' | 'some'
  /** How many events without an end are told at most: of those whose day is known, */
  readonly mostMissing: number
  /** and of those that may have a row of an earlier day, */
  readonly mostWithoutDay: number
  /** and how many collisions. */
  readonly mostCollisions: number
}

/**
 * What became of each message whose type is in `@types`. Is there a row with the fingerprint of its bytes, its source and its id? Is it
 * a dead letter? Did a later one of its id take its place? One query for sums and names, so that both tell of the same moment.
 */
export function ledgerQuery(parts: LedgerParts): string {
  const { mostMissing, mostWithoutDay, mostCollisions } = parts
  return `WITH ${lettersOf(parts)},
  ${messagesOf(parts)},
  ${eventsOf(parts)},
  ${FATES}
  SELECT 'account' AS kind, c.place, '' AS event_id, '' AS source, '' AS message_ids, 0 AS millis, c.messages, s.landed, s.duplicates,
    s.dead_lettered, s.missing, s.replaced, s.extra_rows, s.by_id, IFNULL(i.collisions, 0) AS collisions, 0 AS has_no_day,
    '' AS fingerprint, '' AS event_key, '' AS source_key
  FROM (SELECT place, COUNT(*) AS messages FROM messages GROUP BY 1) AS c
    LEFT JOIN sums AS s ON s.place = c.place LEFT JOIN collision_sums AS i ON i.place = c.place
  UNION ALL ${missingOf('has_no_day = 0', mostMissing)}
  UNION ALL ${missingOf('has_no_day = 1', mostWithoutDay)}
  UNION ALL (
    SELECT 'collision', place, SUBSTR(event_id, 1, ${SHOWN}), SUBSTR(source, 1, ${SHOWN}), message_ids, millis, messages, 0, 0, 0, 0,
      0, 0, 0, contents, 0, '', '', ''
    FROM collisions ORDER BY millis LIMIT ${mostCollisions}
  )`
}

/** Events without an end, the first of them. @param which SQL that is true for those that are meant */
function missingOf(which: string, most: number): string {
  return `(
    SELECT 'missing', place, SUBSTR(event_id, 1, ${SHOWN}), SUBSTR(source, 1, ${SHOWN}), SUBSTR(first_missing, 17),
      CAST(SUBSTR(first_missing, 1, 15) AS INT64), messages, 0, 0, dead, missing, replaced, 0, 0, 0, has_no_day,
      CAST(fingerprint AS STRING), CAST(FARM_FINGERPRINT(event_id) AS STRING), CAST(FARM_FINGERPRINT(source) AS STRING)
    FROM ends WHERE missing > 0 AND ${which} ORDER BY first_missing LIMIT ${most}
  )`
}

const part = (name: string): string => `IFNULL(SAFE_CAST(${attribute(name)} AS INT64), 1)`

/** Dead letters of messages that were published since then came after them: ours name their message, Pub/Sub's own do not. */
function lettersOf({ name }: LedgerParts): string {
  const publishTime = `SAFE_CAST(${attribute('CloudPubSubDeadLetterSourceTopicPublishTime')} AS TIMESTAMP)`
  const isCollision = `${attribute('dead-letter-reason')} = 'event_id_collision'`
  return `named_letters AS (
    SELECT ${attribute('dead-letter-message-id')} AS message_id, MAX(IF(${isCollision}, 1, 0)) AS collides
    FROM ${name('dead_letters')} WHERE ${SINCE} AND NOT (${IS_FORWARDED})
    -- one of which a part is not there holds not what was published
    GROUP BY 1 HAVING COUNT(DISTINCT ${part('dead-letter-part')}) >= MAX(${part('dead-letter-parts')})
  ),
  forwarded_letters AS (
    SELECT FARM_FINGERPRINT(${likeness(publishTime)}) AS likeness, COUNT(DISTINCT letter.message_id) AS letters
    FROM ${name('dead_letters')} AS letter WHERE ${SINCE} AND ${IS_FORWARDED} GROUP BY 1
  )`
}

const HARD = `LEFT JOIN (
      SELECT hard_id, hard_place, hard_event_id FROM UNNEST(@hard_ids) AS hard_id WITH OFFSET AS place
        JOIN UNNEST(@hard_places) AS hard_place WITH OFFSET AS of_place ON of_place = place
        JOIN UNNEST(@hard_event_ids) AS hard_event_id WITH OFFSET AS of_id ON of_id = place
    ) ON hard_id = message_id`

function messagesOf({ keys, hard }: LedgerParts): string {
  const hasHard = hard !== 'none'
  // the window is over what is needed of a message, not over its bytes
  return `published AS (SELECT * FROM (
    SELECT message_id, UNIX_MILLIS(publish_time) AS millis, ${SEQUENCE} AS sequence, source, fingerprint, likeness,
      IF(has_no_day, 1, 0) AS has_no_day, ${keySql('event_type')} AS event_type,
      ${hasHard ? 'IF(hard_id IS NULL, event_id, hard_event_id) AS event_id, hard_place' : 'event_id, CAST(NULL AS INT64) AS hard_place'}
    FROM (${keys}) ${hasHard ? HARD : ''}${hard === 'some' ? ' WHERE hard_id IS NOT NULL OR NOT is_hard' : ''}
  ) WHERE TRUE QUALIFY ROW_NUMBER() OVER (PARTITION BY message_id) = 1),
  types AS (SELECT event_type, place FROM UNNEST(@types) AS event_type WITH OFFSET AS place),
  messages AS (
    SELECT IFNULL(p.hard_place, t.place) AS place, p.event_id, p.source, p.fingerprint, p.message_id, p.millis, p.sequence, p.likeness,
      -- whose id is its message's has no twin of another day
      IF(p.has_no_day = 1 AND p.event_id != p.message_id, 1, 0) AS has_no_day,
      IF(n.message_id IS NULL, 0, 1) AS is_named, IFNULL(f.letters, 0) AS letters,
      -- what was given up for another reason never was the event of its id
      IF(n.collides = 0, 0, 1) AS is_content
    FROM published AS p LEFT JOIN types AS t ON t.event_type = p.event_type
      LEFT JOIN named_letters AS n ON n.message_id = p.message_id
      LEFT JOIN forwarded_letters AS f ON f.likeness = p.likeness
    WHERE IFNULL(p.hard_place, t.place) >= 0
  )`
}

/** The rows of a table. What has no fingerprint tells an event by its id, and by its source, where it has one. */
function rowsOf(name: Name, { place, table, hasSource, hasFingerprint, days }: PlacedTable): string {
  const source = hasSource ? '_source' : 'CAST(NULL AS STRING)'
  const fingerprint =
    hasSource && hasFingerprint ? 'IF(_source IS NULL, NULL, _fingerprint)' : 'CAST(NULL AS INT64)'
  return `SELECT ${place} AS place, ${keySql('event_id')} AS event_id, ${source} AS source, ${fingerprint} AS fingerprint
    FROM ${name(table)} WHERE ${days}`
}

/** Messages and rows with the same type, source, id and bytes are one event. */
function eventsOf({ name, tables }: LedgerParts): string {
  const rows = tables.map((table) => rowsOf(name, table))
  const noRows = `SELECT 0 AS place, '' AS event_id, '' AS source, 0 AS fingerprint FROM UNNEST([1]) AS one WHERE FALSE`
  const upserted = tables.filter(({ isUpserted }) => isUpserted).map(({ place }) => place)
  const ofId = 'OVER (PARTITION BY place, event_id, source)'
  return `landed AS (${rows.join(' UNION ALL ') || noRows}),
  by_event AS (
    SELECT place, event_id, source, fingerprint, SUM(messages) AS messages, SUM(copies) AS copies, MIN(message_id) AS message_id,
      MIN(millis) AS millis, IFNULL(MAX(IF(is_dead = 0, sequence, NULL)), MAX(sequence)) AS latest,
      IF(fingerprint IS NULL, 0, MAX(is_content)) AS is_content
    FROM (
      SELECT place, event_id, source, fingerprint, 1 AS messages, 0 AS copies, message_id, millis, sequence,
        IF(is_named = 1 OR letters > 0, 1, 0) AS is_dead, is_content FROM messages
      UNION ALL SELECT place, event_id, source, fingerprint, 0, 1, NULL, NULL, NULL, 0, 1 FROM landed
    ) GROUP BY 1, 2, 3, 4
  ),
  with_rows AS (
    SELECT *, IF(copies > 0, copies, SUM(IF(fingerprint IS NULL AND source IS NOT NULL, copies, 0)) ${ofId}
      + SUM(IF(fingerprint IS NULL AND source IS NULL, copies, 0)) OVER (PARTITION BY place, event_id)) AS rows_of_event
    FROM by_event
  ),
  events AS (
    SELECT *, SUM(is_content) ${ofId} AS contents, SUM(messages * is_content) ${ofId} AS messages_of_id,
      IF(place IN (${[-1, ...upserted].join(', ')}), MAX(IF(copies > 0, latest, NULL)) ${ofId}, NULL) AS replaced_before,
      ROW_NUMBER() OVER (PARTITION BY place, event_id, source ORDER BY IFNULL(millis, 9007199254740991)) AS number
    FROM with_rows
  )`
}

/**
 * Rows of these tables of any earlier day with one of the `@fingerprints`: those of an event that has no day of its own and was sent
 * again on another one.
 *
 * @param until YYYY-MM-DD
 */
export function earlierRowsQuery(name: Name, tables: readonly string[], until: string): string {
  const rows = tables.map(
    (table, place) =>
      `SELECT ${place} AS place, ${keySql('event_id')} AS event_id, _source AS source, _fingerprint AS fingerprint FROM ${name(table)}
       WHERE event_date <= DATE '${until}'`,
  )
  return `WITH wanted AS (SELECT DISTINCT CAST(text AS INT64) AS fingerprint FROM UNNEST(@fingerprints) AS text),
  landed AS (${rows.join(' UNION ALL ')})
  SELECT l.place, CAST(l.fingerprint AS STRING) AS fingerprint, CAST(FARM_FINGERPRINT(l.event_id) AS STRING) AS event_key,
    CAST(FARM_FINGERPRINT(l.source) AS STRING) AS source_key, COUNT(*) AS copies
  FROM landed AS l JOIN wanted AS w ON w.fingerprint = l.fingerprint GROUP BY 1, 2, 3, 4`
}
