import { sourceOf, type Message } from '@tablestream/contract'
import type { Row } from '../bigquery/cells.ts'
import { isMissing, quoted, type Tables } from '../tables/dataset.ts'
import type { EventTableName, EventTableNames } from '../tables/event-tables.ts'

/** A message of the record `published_messages`. */
export interface PublishedMessage extends Message {
  readonly data: Buffer
  /** FARM_FINGERPRINT of the bytes, as text. */
  readonly fingerprint: string
}

export interface FindOptions {
  readonly tables: Tables
  readonly eventTables: EventTableNames
  /** RFC 3339: nothing older is looked for. */
  readonly since: string
  /** So far around the event others are looked for that have its id or its bytes, in seconds. */
  readonly within: number
}

export interface Found {
  readonly foundBy: 'message_id' | 'event_id' | 'bytes'
  /** Oldest first. */
  readonly messages: readonly PublishedMessage[]
  readonly lookedFrom: string
  readonly lookedUntil: string
}

const MOST_MESSAGES = 100
/** Tables that one query names at most: BigQuery takes 1,000, and 1 MB of text. */
const MOST_TABLES = 200
/** How long before its row an event was published, at most: each step is tried when the one before finds nothing. */
const BEFORE_ROW_SECONDS = [10, 600, 86_400, 8 * 86_400]
const CE_ID = `JSON_VALUE(attributes, '$."ce-id"')`
const OWN_ID = `SAFE.JSON_VALUE(SAFE_CONVERT_BYTES_TO_STRING(data), '$.event_id')`

/**
 * Finds the messages of an event by its id or by that of a message. The record has no index: its partitions are hours. So it is asked
 * first, without reading any bytes, whether a message has the id, and the tables, whether a row has it, which tells within seconds when
 * the event was published; then the dead letters, which tell it exactly. Only where nobody knows the id the record is read as a whole.
 */
export async function findEvent(id: string, options: FindOptions): Promise<Found | undefined> {
  const { tables, since } = options
  const [byMessage, byRow] = await Promise.all([timeOfMessage(id, tables, since), rowsOfId(id, options)])
  if (byMessage !== undefined) {
    const [first] = await messagesOf(tables, {
      from: byMessage,
      until: byMessage,
      where: 'message_id = @id',
      params: { id },
    })
    if (first) return around('message_id', first, options)
  }
  for (const row of byRow) {
    const found = await aroundRow(id, row, options)
    if (found) return found
  }
  for (const letter of await lettersOfId(id, tables, since)) {
    const where = 'message_id = @id'
    const [first] = await messagesOf(tables, {
      from: letter.time,
      until: letter.time,
      where,
      params: { id: letter.id },
    })
    if (first) return around('event_id', first, options)
  }
  const everywhere = {
    from: since,
    until: new Date().toISOString(),
    where: `(${CE_ID} = @id OR ${OWN_ID} = @id)`,
    params: { id },
  }
  const [first] = await messagesOf(tables, everywhere)
  return first && around('event_id', first, options)
}

/** The message, and what has its bytes or its id in `ce-id` around it. */
async function around(
  foundBy: Found['foundBy'],
  first: PublishedMessage,
  { tables, within }: FindOptions,
): Promise<Found> {
  const from = moved(first.publishTime, -within)
  const until = moved(first.publishTime, within)
  const ceId = first.attributes['ce-id']
  const ofId = ceId === undefined || ceId === '' ? '' : `OR ${CE_ID} = @ce_id`
  const others = await messagesOf(tables, {
    from,
    until,
    where: `(message_id = @id OR FARM_FINGERPRINT(data) = CAST(@fingerprint AS INT64) ${ofId})`,
    params: { id: first.messageId, fingerprint: first.fingerprint, ...(ofId !== '' && { ce_id: ceId }) },
  })
  const same = ofSource(others, first)
  return { foundBy, messages: same.length > 0 ? same : [first], lookedFrom: from, lookedUntil: until }
}

/** Nearly always an event was published seconds before its row: what is around both is read at once. */
async function aroundRow(id: string, row: RowOfId, options: FindOptions): Promise<Found | undefined> {
  const { fingerprint, processed } = row
  const foundBy = id === '' ? 'bytes' : 'event_id'
  if (fingerprint !== null) {
    const { tables, within } = options
    const from = moved(processed, -within - BEFORE_ROW_SECONDS[0]!)
    const until = moved(processed, within)
    const where = `(FARM_FINGERPRINT(data) = CAST(@fingerprint AS INT64) OR ${CE_ID} = @id)`
    const messages = await messagesOf(tables, { from, until, where, params: { fingerprint, id } })
    const own = messages.find((message) => message.fingerprint === fingerprint)
    if (own) return { foundBy, messages: ofSource(messages, own), lookedFrom: from, lookedUntil: until }
  }
  const first = await messageOfRow(id, row, options)
  return first && around(foundBy, first, options)
}

function ofSource(messages: readonly PublishedMessage[], own: PublishedMessage): PublishedMessage[] {
  const source = sourceOf(own)
  return messages.filter((message) => sourceOf(message) === source)
}

/**
 * Finds the messages that are these bytes. A row tells by its fingerprint when the event was published; where none has it the record is
 * read as a whole.
 */
export async function findBytes(data: Buffer, options: FindOptions): Promise<Found | undefined> {
  const { tables, since } = options
  const sql = 'SELECT CAST(FARM_FINGERPRINT(FROM_BASE64(@data)) AS STRING) AS fingerprint'
  const { rows } = await tables.warehouse.query({ sql, params: { data: data.toString('base64') } })
  const fingerprint = rows[0]!['fingerprint'] as string
  const withBytes = (await options.eventTables.names()).filter(({ hasFingerprint }) => hasFingerprint)
  const own = await rowsWhere(
    '_fingerprint = CAST(@fingerprint AS INT64)',
    { fingerprint },
    withBytes,
    tables,
  )
  for (const row of own) {
    const found = await aroundRow('', row, options)
    if (found) return found
  }
  const until = new Date().toISOString()
  const where = 'FARM_FINGERPRINT(data) = CAST(@fingerprint AS INT64)'
  const [first] = await messagesOf(tables, { from: since, until, where, params: { fingerprint } })
  return first && around('bytes', first, options)
}

async function timeOfMessage(id: string, tables: Tables, since: string): Promise<string | undefined> {
  // names of columns are few here: BigQuery bills each of all rows
  const sql = `SELECT publish_time FROM ${quoted(tables, 'published_messages')}
    WHERE message_id = @id AND publish_time >= TIMESTAMP(@since) LIMIT 1`
  const { rows } = await tables.warehouse.query({ sql, params: { id, since } })
  return rows[0]?.['publish_time'] as string | undefined
}

/** A row, as far as its message is looked for by it. */
export interface RowOfId {
  readonly fingerprint: string | null
  readonly processed: string
}

async function rowsOfId(id: string, { tables, eventTables }: FindOptions): Promise<RowOfId[]> {
  return rowsWhere('event_id = @id', { id }, await eventTables.names(), tables)
}

async function rowsWhere(
  condition: string,
  params: Readonly<Record<string, string>>,
  names: readonly EventTableName[],
  tables: Tables,
): Promise<RowOfId[]> {
  const found: RowOfId[] = []
  for (let at = 0; at < names.length; at += MOST_TABLES) {
    const each = names.slice(at, at + MOST_TABLES).map(({ table, hasFingerprint }) => {
      const fingerprint = hasFingerprint ? 'CAST(_fingerprint AS STRING)' : 'CAST(NULL AS STRING)'
      return `SELECT ${fingerprint} AS fingerprint, processed_timestamp FROM ${quoted(tables, table)} WHERE ${condition}`
    })
    const { rows } = await tables.warehouse.query({ sql: each.join(' UNION ALL '), params })
    found.push(...rows.map(rowOfId))
  }
  return found.filter(({ processed }) => processed !== '')
}

/** The messages of this source with the bytes of a row that were published before it, oldest first. */
export async function messagesOfRow(
  row: RowOfId,
  source: string,
  tables: Tables,
): Promise<readonly PublishedMessage[]> {
  const { fingerprint, processed } = row
  if (fingerprint === null) return []
  const where = 'FARM_FINGERPRINT(data) = CAST(@fingerprint AS INT64)'
  let until = processed
  for (const seconds of BEFORE_ROW_SECONDS) {
    const from = moved(processed, -seconds)
    const messages = await messagesOf(tables, { from, until, where, params: { fingerprint } })
    const own = messages.filter((message) => sourceOf(message) === source)
    if (own.length > 0) return own
    until = from
  }
  return []
}

function rowOfId(row: Row): RowOfId {
  return {
    fingerprint: row['fingerprint'] as string | null,
    processed: (row['processed_timestamp'] ?? '') as string,
  }
}

async function messageOfRow(
  id: string,
  { fingerprint, processed }: RowOfId,
  { tables }: FindOptions,
): Promise<PublishedMessage | undefined> {
  const [where, params] =
    fingerprint === null
      ? [`(message_id = @id OR ${CE_ID} = @id OR ${OWN_ID} = @id)`, { id }]
      : ['FARM_FINGERPRINT(data) = CAST(@fingerprint AS INT64)', { fingerprint }]
  let until = moved(processed, 1)
  for (const seconds of BEFORE_ROW_SECONDS) {
    const from = moved(processed, -seconds)
    const [first] = await messagesOf(tables, { from, until, where, params })
    if (first) return first
    until = from
  }
  return undefined
}

async function lettersOfId(
  id: string,
  tables: Tables,
  since: string,
): Promise<{ id: string; time: string }[]> {
  const attribute = (name: string) => `JSON_VALUE(attributes, '$."${name}"')`
  const sql = `SELECT ${attribute('dead-letter-message-id')} AS id, ${attribute('dead-letter-publish-time')} AS time
    FROM ${quoted(tables, 'dead_letters')} WHERE publish_time >= TIMESTAMP(@since)
      AND (${attribute('ce-id')} = @id OR ${attribute('original-ce-id')} = @id OR (STRPOS(SAFE_CONVERT_BYTES_TO_STRING(data), @id) > 0 AND ${OWN_ID} = @id))
    ORDER BY publish_time LIMIT 10`
  try {
    const { rows } = await tables.warehouse.query({ sql, params: { id, since } })
    return rows
      .map((row) => ({ id: (row['id'] ?? '') as string, time: (row['time'] ?? '') as string }))
      .filter((letter) => letter.id !== '' && letter.time !== '')
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

interface Span {
  /** RFC 3339; both belong to it. */
  readonly from: string
  readonly until: string
  readonly where: string
  readonly params: Readonly<Record<string, unknown>>
}

async function messagesOf(tables: Tables, { from, until, where, params }: Span): Promise<PublishedMessage[]> {
  const sql = `SELECT message_id, publish_time, data, TO_JSON_STRING(attributes) AS attributes,
      CAST(FARM_FINGERPRINT(IFNULL(data, b'')) AS STRING) AS fingerprint
    FROM ${quoted(tables, 'published_messages')}
    WHERE publish_time BETWEEN TIMESTAMP(@from) AND TIMESTAMP(@until) AND ${where}
    ORDER BY publish_time, message_id LIMIT ${MOST_MESSAGES}`
  const { rows } = await tables.warehouse.query({ sql, params: { ...params, from, until } })
  // Pub/Sub writes a message twice at times
  return [...new Map(rows.map((row) => [row['message_id'], publishedOf(row)])).values()]
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

function moved(time: string, seconds: number): string {
  return new Date(Date.parse(time) + seconds * 1000).toISOString()
}
