import type { Message } from '@tablestream/contract'
import type { Row } from '../bigquery/cells.ts'
import { quoted, type Tables } from '../tables/dataset.ts'
import { attribute, holds, OWN_ID } from './message-sql.ts'

/** A message of the record `published_messages`. */
export interface PublishedMessage extends Message {
  readonly data: Buffer
  /** FARM_FINGERPRINT of the bytes, as text. */
  readonly fingerprint: string
}

/** RFC 3339; both ends belong to it. */
export interface Span {
  readonly from: string
  readonly until: string
}

/** SQL that is true for the messages that are meant. */
export interface Condition {
  readonly where: string
  readonly params: Readonly<Record<string, unknown>>
}

export const MOST_MESSAGES = 100
/** Spans of one query at most: more are one that goes around all of them. */
const MOST_SPANS = 10
const CE_ID = attribute('ce-id')
/** What JSON writes as it is. */
const PLAIN = /^[\w .:/@+-]+$/

/**
 * Messages of the record in these spans of time, oldest first, a hundred and 100 MB at most. The record has no index; its partitions are
 * hours.
 */
export async function messagesOf(
  tables: Tables,
  spans: readonly Span[],
  { where, params }: Condition,
): Promise<PublishedMessage[]> {
  if (spans.length === 0) return []
  const times = joined(spans)
  const within = times.map((_, n) => `publish_time BETWEEN TIMESTAMP(@from${n}) AND TIMESTAMP(@until${n})`)
  const ends = times.flatMap(({ from, until }, n) => [
    [`from${n}`, from],
    [`until${n}`, until],
  ])
  const sql = `SELECT message_id, publish_time, data, TO_JSON_STRING(attributes) AS attributes,
      CAST(FARM_FINGERPRINT(IFNULL(data, b'')) AS STRING) AS fingerprint
    FROM ${quoted(tables, 'published_messages')}
    WHERE (${within.join(' OR ')}) AND ${where}
    ORDER BY publish_time, message_id LIMIT ${MOST_MESSAGES}`
  const all = { ...params, ...Object.fromEntries(ends) }
  const { rows } = await tables.warehouse.query({ sql, params: all, mayBeCut: true })
  // Pub/Sub writes a message twice at times
  return [...new Map(rows.map((row) => [row['message_id'], publishedOf(row)])).values()]
}

/** Spans that touch are one. */
function joined(spans: readonly Span[]): Span[] {
  const all: Span[] = []
  for (const span of spans.toSorted((a, b) => (a.from < b.from ? -1 : 1))) {
    const last = all.at(-1)
    if (last && span.from <= last.until)
      all[all.length - 1] = { from: last.from, until: span.until > last.until ? span.until : last.until }
    else all.push(span)
  }
  if (all.length <= MOST_SPANS) return all
  return [{ from: all[0]!.from, until: all.at(-1)!.until }]
}

/** The message has one of these ids. */
export function named(messageIds: readonly string[]): Condition {
  return either(messageIds.map((id, n) => ({ where: `message_id = @id${n}`, params: { [`id${n}`]: id } })))
}

/** Attributes are looked at as text first: taking JSON apart costs more. @param name of the parameter */
export function hasCeId(id: string, name = 'ce_id'): Condition {
  const text = `${name}_text`
  return PLAIN.test(id)
    ? {
        where: `(STRPOS(TO_JSON_STRING(attributes), @${text}) > 0 AND ${CE_ID} = @${name})`,
        params: { [name]: id, [text]: endOf(id) },
      }
    : { where: `${CE_ID} = @${name}`, params: { [name]: id } }
}

/**
 * What the text of the attributes has, if the id is among them: its end and the quote. A text is looked through faster for what begins
 * with a character that it seldom has, and names and their quotes are everywhere.
 */
function endOf(id: string): string {
  const end = /[^a-z_].{5,}$/.exec(id)?.[0] ?? id
  return `${end}"`
}

/** The message is these bytes. @param name of the parameter, where a query compares with several */
export function isBytes(data: Buffer, name = 'data'): Condition {
  return { where: `data = FROM_BASE64(@${name})`, params: { [name]: data.toString('base64') } }
}

export function either(conditions: readonly Condition[]): Condition {
  return {
    where: `(${conditions.map(({ where }) => where).join(' OR ')})`,
    params: Object.assign({}, ...conditions.map(({ params }) => params)) as Condition['params'],
  }
}

/** The message has the bytes of a row. @param text is looked for in them first, which costs less */
export function hasFingerprint(
  fingerprint: string,
  { text, name = 'fingerprint' }: { readonly text?: string; readonly name?: string } = {},
): Condition {
  const mayBe = text === undefined || !PLAIN.test(text) ? '' : `${holds('@text')} AND `
  return {
    where: `(${mayBe}FARM_FINGERPRINT(data) = CAST(@${name} AS INT64))`,
    params: { [name]: fingerprint, ...(mayBe !== '' && { text }) },
  }
}

/** The event says that this is its id, in its bytes or by `ce-id`. */
export function hasId(id: string): Condition {
  const mayBe = PLAIN.test(id) ? `${holds('@id')} AND ` : ''
  return { where: `(message_id = @id OR ${CE_ID} = @id OR (${mayBe}${OWN_ID} = @id))`, params: { id } }
}

/** When messages with this id were published: of the record's columns the two smallest are read, and BigQuery bills these alone. */
export async function timesOfMessage(id: string, tables: Tables, since: string): Promise<string[]> {
  const sql = `SELECT publish_time FROM ${quoted(tables, 'published_messages')}
    WHERE message_id = @id AND publish_time >= TIMESTAMP(@since) LIMIT 2`
  const { rows } = await tables.warehouse.query({ sql, params: { id, since } })
  return rows.map((row) => row['publish_time'] as string)
}

function publishedOf(row: Row): PublishedMessage {
  return {
    messageId: row['message_id'] as string,
    publishTime: row['publish_time'] as string,
    data: Buffer.from((row['data'] ?? '') as string, 'base64'),
    attributes: (JSON.parse((row['attributes'] ?? 'null') as string) ?? {}) as Record<string, string>,
    fingerprint: row['fingerprint'] as string,
  }
}

/** @param seconds may be less than 0 */
export function moved(time: string, seconds: number): string {
  return new Date(Date.parse(time) + seconds * 1000).toISOString()
}

/** The millisecond that a time is in belongs to it: what is told in microseconds is not outside. */
export function around(time: string, before: number, after = before): Span {
  return { from: moved(time, -before), until: moved(time, after + 0.001) }
}
