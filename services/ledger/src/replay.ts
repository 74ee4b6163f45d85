import type { BigQuery } from './clients.ts'
import type { PubSub, Topic } from './clients.ts'
import type { DeadLetter, Filters } from './dead-letter.ts'
import { joinLetterParts, letterPartsQuery, type LetterPart } from './letter-parts.ts'
import { isRefused, publishAny } from './publish-any.ts'
import { billedAtMost } from './queries.ts'
import { messagesOf } from './replayed-message.ts'
import type { Target } from './target.ts'

const BATCH = 500
/** Bytes of the data of one batch, of which each may have 10 MB; a single one may have more. */
const BATCH_BYTES = 64 << 20
/** What did not go, and why. */
export interface FailedReplay {
  readonly letter: DeadLetter
  readonly error: Error
}

export interface Replayed {
  /** How many were published and marked. */
  readonly replayed: number
  readonly failed: readonly FailedReplay[]
}

/** Which dead letters, in the order of their times. */
interface Span {
  readonly after?: DeadLetter | undefined
  /** Bytes of their data; absent: of any number. */
  readonly mostBytes?: number
  /** In microseconds since 1970. */
  readonly newest?: number
}

class PartsMissing extends Error {}

function isOfOneMessage(error: Error): boolean {
  return error instanceof PartsMissing || isRefused(error)
}

export interface ReplayerOptions {
  /** Bytes of the data of one batch; a single one may have more. */
  readonly batchBytes?: number
  /** Bytes that one query may read: BigQuery refuses one that would read more. Absent: as many as it needs. */
  readonly maxBytesBilled?: number
}

export class Replayer {
  readonly #bigquery: BigQuery
  readonly #pubsub: PubSub
  readonly #target: Target

  readonly #batchBytes: number
  readonly #billed: ReturnType<typeof billedAtMost>

  constructor(
    bigquery: BigQuery,
    pubsub: PubSub,
    target: Target,
    { batchBytes = BATCH_BYTES, maxBytesBilled }: ReplayerOptions = {},
  ) {
    this.#batchBytes = batchBytes
    this.#billed = billedAtMost(maxBytesBilled)
    this.#bigquery = bigquery
    this.#pubsub = pubsub
    this.#target = target
  }

  /** How many there are, by reason and type. */
  async count(filters: Filters): Promise<{ reason: string; eventType: string; letters: number }[]> {
    const rows = await this.#query(
      'reason, IFNULL(event_type, "") AS event_type, COUNT(*) AS letters',
      filters,
      'GROUP BY 1, 2 ORDER BY 3 DESC',
    )
    return rows.map((row) => ({
      reason: String(row['reason']),
      eventType: String(row['event_type']),
      letters: Number(row['letters']),
    }))
  }

  /** The oldest of them, or of those that come after one: at least one, where there is any. */
  async read(filters: Filters, most: number, span: Span = {}): Promise<DeadLetter[]> {
    const columns = `dead_letter_id, UNIX_MICROS(dead_lettered_at) AS letter_micros, reason, path, value, message, message_id, parts, data,
      TO_JSON_STRING(attributes) AS attributes`
    const rows = await this.#query(
      columns,
      filters,
      `ORDER BY letter_micros, dead_letter_id LIMIT ${most}`,
      span,
    )
    return rows.map(deadLetterOf)
  }

  /**
   * Publishes them again, the oldest first, and marks each that went. One that does not go stops no other.
   *
   * @throws Error of Pub/Sub or BigQuery where of a whole batch none could be published, for another reason than the letters' own
   */
  async replay(filters: Filters, most: number): Promise<Replayed> {
    const failed: FailedReplay[] = []
    let tried = 0
    let last: DeadLetter | undefined
    // what becomes a dead letter again while this goes on is left for another time
    const [row] = await this.#query('MAX(UNIX_MICROS(dead_lettered_at)) AS newest', filters, '')
    const newest = Number(row?.['newest'] ?? 0)
    while (tried < most) {
      const span = { after: last, newest, mostBytes: this.#batchBytes }
      const letters = await this.read(filters, Math.min(BATCH, most - tried), span)
      if (letters.length === 0) break
      failed.push(...(await this.#replayBatch(letters)))
      tried += letters.length
      last = letters.at(-1)
    }
    return { replayed: tried - failed.length, failed }
  }

  /**
   * Publishes one with other bytes, and marks it. Its attributes and its id stay.
   *
   * @returns the id of the message; undefined where there is no such dead letter
   * @throws Error of Pub/Sub or BigQuery
   */
  async replayMended(deadLetterId: string, data: Buffer): Promise<string | undefined> {
    const [found] = await this.read({ reasons: [], types: [], ids: [deadLetterId], again: true }, 1)
    if (!found) return undefined
    const letter = await this.#whole(found)
    const topic = this.#pubsub.topic(this.#target.topic, { batching: { maxMessages: 1 } })
    const messageId = await publishAny(topic, messagesOf({ ...letter, data }))
    await this.#mark([{ letter, messageId }])
    return messageId
  }

  async #replayBatch(letters: readonly DeadLetter[]): Promise<FailedReplay[]> {
    // by itself: Pub/Sub refuses a request as a whole for one message that it does not like
    const topic = this.#pubsub.topic(this.#target.topic, { batching: { maxMessages: 1 } })
    const ends = await Promise.allSettled(letters.map((letter) => this.#publish(topic, letter)))
    const published: { letter: DeadLetter; messageId: string }[] = []
    const failed: FailedReplay[] = []
    for (const [index, end] of ends.entries()) {
      const letter = letters[index]!
      if (end.status === 'rejected') failed.push({ letter, error: end.reason as Error })
      else published.push({ letter, messageId: end.value })
    }
    // the mark comes after: what is published and not marked is published again, and is the same event
    await this.#mark(published)
    const common = failed.find(({ error }) => !isOfOneMessage(error))
    if (published.length === 0 && common) throw common.error
    return failed
  }

  async #mark(published: readonly { letter: DeadLetter; messageId: string }[]): Promise<void> {
    if (published.length === 0) return
    const replayedAt = new Date().toISOString()
    const marks = published.map(({ letter, messageId }) => ({
      insertId: messageId,
      json: { dead_letter_id: letter.deadLetterId, replayed_at: replayedAt, message_id: messageId },
    }))
    await this.#bigquery
      .dataset(this.#target.dataset)
      .table('dead_letter_replays')
      .insert(marks, { raw: true, partialRetries: 0 })
  }

  async #publish(topic: Topic, letter: DeadLetter): Promise<string> {
    return publishAny(topic, messagesOf(await this.#whole(letter)))
  }

  /** @throws PartsMissing */
  async #whole(letter: DeadLetter): Promise<DeadLetter> {
    if (letter.parts < 2) return letter
    const { projectId, dataset } = this.#target
    const [rows] = await this.#bigquery.query({
      query: letterPartsQuery(`\`${projectId}.${dataset}.dead_letters\``),
      params: { id: letter.messageId },
      ...this.#billed,
    })
    const parts = rows as readonly LetterPart[]
    if (parts.length !== letter.parts)
      throw new PartsMissing(
        `of the ${letter.parts} parts of dead letter ${letter.messageId}, ${parts.length} are there`,
      )
    return { ...letter, ...joinLetterParts(parts) }
  }

  async #query(
    columns: string,
    filters: Filters,
    rest: string,
    { after, newest, mostBytes }: Span = {},
  ): Promise<Record<string, unknown>[]> {
    const { projectId, dataset } = this.#target
    const { reasons, types, paths = [], ids = [], since, until, again } = filters
    const conditions = [
      ...(again ? [] : ['replayed_at IS NULL']),
      ...(reasons.length > 0 ? ['reason IN UNNEST(@reasons)'] : []),
      ...(types.length > 0 ? ["IFNULL(event_type, '') IN UNNEST(@types)"] : []),
      ...(paths.length > 0 ? ["IFNULL(path, '') IN UNNEST(@paths)"] : []),
      ...(ids.length > 0 ? ['dead_letter_id IN UNNEST(@ids)'] : []),
      ...(since !== undefined ? ['dead_lettered_at >= TIMESTAMP(@since)'] : []),
      ...(until !== undefined ? ['dead_lettered_at < TIMESTAMP(@until)'] : []),
      ...(newest === undefined ? [] : ['UNIX_MICROS(dead_lettered_at) <= @newest']),
      ...(after
        ? [
            '(UNIX_MICROS(dead_lettered_at) > @micros OR (UNIX_MICROS(dead_lettered_at) = @micros AND dead_letter_id > @id))',
          ]
        : []),
    ]
    const params = {
      ...(reasons.length > 0 && { reasons }),
      ...(types.length > 0 && { types }),
      ...(paths.length > 0 && { paths }),
      ...(ids.length > 0 && { ids }),
      ...(since !== undefined && { since }),
      ...(until !== undefined && { until }),
      ...(newest !== undefined && { newest }),
      ...(after && { micros: after.at, id: after.deadLetterId }),
    }
    const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''
    const all = `SELECT ${columns} FROM \`${projectId}.${dataset}.dead_letter_reasons\` ${where} ${rest}`
    const inOrder = 'ORDER BY letter_micros, dead_letter_id'
    const query =
      mostBytes === undefined
        ? all
        : `SELECT * FROM (${all}) WHERE TRUE QUALIFY SUM(IFNULL(BYTE_LENGTH(data), 0)) OVER (${inOrder}) <= ${mostBytes}
            OR ROW_NUMBER() OVER (${inOrder}) = 1 ${inOrder}`
    const [rows] = await this.#bigquery.query({ query, params, ...this.#billed })
    return rows as Record<string, unknown>[]
  }
}

function deadLetterOf(row: Record<string, unknown>): DeadLetter {
  const text = (column: string) => (row[column] ?? '') as string
  return {
    deadLetterId: text('dead_letter_id'),
    at: Number(row['letter_micros']),
    reason: text('reason'),
    path: text('path'),
    value: text('value'),
    message: text('message'),
    messageId: text('message_id'),
    parts: Number(row['parts'] ?? 1),
    data: (row['data'] ?? Buffer.alloc(0)) as Buffer,
    attributes: JSON.parse(text('attributes')) as Record<string, string>,
  }
}
