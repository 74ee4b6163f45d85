/** Message ids that are told of one collision. */
const MOST_IDS = 10

/**
 * Of messages that look alike so many are dead letters as Pub/Sub made of them: those that have no other end first. What a later message
 * of its id replaced has its end; what was published after the row that stands is missing.
 */
export const FATES = `told AS (
    SELECT m.place, m.event_id, m.source, m.fingerprint, m.has_no_day, m.is_named, m.letters, e.rows_of_event,
      IF(e.copies = 0 AND e.rows_of_event > 0, 1, 0) AS by_id,
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
    SELECT place, event_id, source, fingerprint, MAX(rows_of_event) AS rows_of_event, MAX(by_id) AS by_id, MAX(has_no_day) AS has_no_day,
      COUNT(*) AS messages, COUNTIF(fate = 'dead') AS dead, COUNTIF(fate = 'missing') AS missing,
      COUNTIF(fate = 'replaced') AS replaced, MIN(IF(fate = 'missing', told_as, NULL)) AS first_missing
    FROM fates GROUP BY 1, 2, 3, 4
  ),
  sums AS (
    SELECT place, COUNTIF(rows_of_event > 0) AS landed, SUM(by_id) AS by_id,
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
    WHERE contents > 1 AND messages > 0 AND is_content = 1
    QUALIFY ROW_NUMBER() OVER (PARTITION BY place, event_id, source ORDER BY millis) <= ${MOST_IDS}
  ),
  collisions AS (
    SELECT place, event_id, source, STRING_AGG(message_id, ' ') AS message_ids, MIN(millis) AS millis, MAX(contents) AS contents,
      MAX(messages_of_id) AS messages
    FROM first_ten GROUP BY 1, 2, 3
  )`
