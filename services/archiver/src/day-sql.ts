import { knownTypes, timeFieldsOf } from '@tablestream/contract'

// The rules of services/contract/src/judge/envelope.ts about days, in SQL. Each is of a row as `messagesRead` of message-sql.ts reads it.

/** Fields that may tell the day of an event of some type: its own, and those that tell when it happened. */
export function ownTimeFields(): readonly string[] {
  const types = ['', ...knownTypes().map(({ type }) => type)]
  return [...new Set(['event_date', ...types.flatMap(timeFieldsOf)])]
}

/** The column of `messagesRead` that has a field. */
export const timeColumn = (field: string): string => `time_${ownTimeFields().indexOf(field)}`

const DAY = '[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])'
const HOUR = '(?:[01][0-9]|2[0-3]):[0-5][0-9]'
const TIME = `${DAY}[Tt ]${HOUR}:[0-5][0-9](?:[.][0-9]{1,6})?(?:[Zz]| UTC|[+-]${HOUR})`

/**
 * BigQuery takes streamed rows from ten years back to a year ahead: an event of another time is one of the day on which it was published.
 * What was a year ahead when it was sent first is so no more when it is sent again, two months later.
 */
const OLDEST_DAY = 'CAST(DATE_SUB(DATE(publish_time), INTERVAL 3648 DAY) AS STRING)'
const NEWEST_DAY = 'CAST(DATE_ADD(DATE(publish_time), INTERVAL 304 DAY) AS STRING)'

/** Whether a text surely is a day, or a time, that counts. In doubt it is not: then the rows of other days are read, too. */
const isSure = (text: string, pattern: string): string =>
  `IFNULL(REGEXP_CONTAINS(${text}, r'^${pattern}$') AND SAFE_CAST(SUBSTR(${text}, 1, 10) AS DATE) IS NOT NULL
    AND SUBSTR(${text}, 1, 10) BETWEEN ${OLDEST_DAY} AND ${NEWEST_DAY}, FALSE)`
const maySay = (text: string, end: string): string =>
  `IFNULL(REGEXP_CONTAINS(${text}, r'^[0-9]{4}-[0-9]{2}-[0-9]{2}${end}'), FALSE)`

/** The first field that is a time decides, even where its day does not count. */
function tellsDay([field, ...others]: readonly string[]): string {
  const time = timeColumn(field!)
  const sure = isSure(time, TIME)
  return others.length === 0 ? sure : `(${sure} OR (NOT ${maySay(time, '[Tt ]')} AND ${tellsDay(others)}))`
}

/**
 * The bytes do not tell the day: whoever sends the same event on two days sends it for two partitions. An `event_date` that counts no
 * more may have counted when the event was sent first.
 */
export function hasNoDay(): string {
  const ownDay = timeColumn('event_date')
  const ofType = knownTypes().map(({ type }) => `WHEN ${literal(type)} THEN ${tellsDay(timeFieldsOf(type))}`)
  return `NOT (${isSure(ownDay, DAY)} OR (NOT ${maySay(ownDay, '$')} AND
  CASE own_type ${ofType.join(' ')} ELSE ${tellsDay(timeFieldsOf(''))} END))`
}

/** A type is whatever a contract calls it: JSON's escapes are GoogleSQL's, too. */
const literal = (text: string): string => JSON.stringify(text)
