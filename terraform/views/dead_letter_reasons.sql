-- Dead letters with what is known of them in columns of their own, each once: a dead letter may have been published twice.
WITH told AS (
  SELECT
    message_id,
    publish_time,
    data,
    attributes,
    -- on what Pub/Sub itself gave up on, attributes with names of ours are the publisher's
    IF(JSON_VALUE(attributes, '$.CloudPubSubDeadLetterSourceDeliveryCount') IS NULL, attributes, NULL) AS ours
  FROM `${dataset}.dead_letters`
),
letters AS (
  SELECT
    message_id AS dead_letter_id,
    publish_time AS dead_lettered_at,
    -- Pub/Sub's own dead letters, after the last attempt, say nothing but how often it tried
    COALESCE(JSON_VALUE(ours, '$."dead-letter-reason"'), 'delivery_attempts') AS reason,
    JSON_VALUE(ours, '$."dead-letter-path"') AS path,
    JSON_VALUE(ours, '$."dead-letter-value"') AS value,
    JSON_VALUE(ours, '$."dead-letter-message"') AS message,
    COALESCE(
      JSON_VALUE(ours, '$."dead-letter-event-type"'),
      JSON_VALUE(attributes, '$.event_type'),
      SAFE.JSON_VALUE(SAFE_CONVERT_BYTES_TO_STRING(data), '$.${type_field}')
    ) AS event_type,
    JSON_VALUE(ours, '$."dead-letter-table"') AS table_name,
    JSON_VALUE(ours, '$."dead-letter-message-id"') AS message_id,
    SAFE_CAST(
      COALESCE(
        JSON_VALUE(ours, '$."dead-letter-publish-time"'),
        JSON_VALUE(attributes, '$.CloudPubSubDeadLetterSourceTopicPublishTime')
      ) AS TIMESTAMP
    ) AS publish_time,
    SAFE_CAST(
      COALESCE(
        JSON_VALUE(ours, '$."dead-letter-attempt"'),
        JSON_VALUE(attributes, '$.CloudPubSubDeadLetterSourceDeliveryCount')
      ) AS INT64
    ) AS attempt,
    -- of more than one part, data and attributes are those of the first: the others are in dead_letters
    SAFE_CAST(JSON_VALUE(ours, '$."dead-letter-parts"') AS INT64) AS parts,
    data,
    attributes
  FROM told AS letter
  WHERE TRUE
  -- here a bare name is that of a column above, and not of the table: message_id would be NULL in each of Pub/Sub's own
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY COALESCE(JSON_VALUE(letter.ours, '$."dead-letter-message-id"'), letter.message_id)
    ORDER BY IFNULL(SAFE_CAST(JSON_VALUE(letter.ours, '$."dead-letter-part"') AS INT64), 1), letter.publish_time
  ) = 1
),
replays AS (
  SELECT dead_letter_id, MAX(replayed_at) AS replayed_at
  FROM `${dataset}.dead_letter_replays`
  GROUP BY dead_letter_id
)
SELECT letters.*, replays.replayed_at
FROM letters LEFT JOIN replays USING (dead_letter_id)
