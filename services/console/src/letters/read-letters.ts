import type { DeadLetter } from '../api/letters.ts'
import type { Row } from '../bigquery/cells.ts'
import { quoted, type Tables } from '../tables/dataset.ts'

/** A row of the view `dead_letter_reasons` (terraform/views), with what it holds where that was asked for. */
export interface ReadLetter {
  readonly letter: DeadLetter
  /** Of the first part; empty where they were not asked for. */
  readonly data: Buffer
  readonly attributes: Readonly<Record<string, string>>
}

export interface LetterQuery {
  /** SQL of a condition over the view's columns. */
  readonly where: string
  readonly params?: Readonly<Record<string, unknown>>
  readonly limit: number
  /** Bytes and attributes, too. */
  readonly whole?: boolean
}

const COLUMNS = `dead_letter_id, dead_lettered_at, reason, path, value, message, event_type, table_name, message_id, publish_time, attempt,
  parts, replayed_at, BYTE_LENGTH(data) AS bytes`

/** Dead letters, newest first; not all that are wanted where they are large. */
export async function readLetters(
  tables: Tables,
  { where, params = {}, limit, whole = false }: LetterQuery,
): Promise<{ readonly letters: readonly ReadLetter[]; readonly isCut: boolean }> {
  const more = whole ? ', data, TO_JSON_STRING(attributes) AS attributes' : ''
  const sql = `SELECT ${COLUMNS}${more} FROM ${quoted(tables, 'dead_letter_reasons')} WHERE ${where}
    ORDER BY dead_lettered_at DESC, dead_letter_id DESC LIMIT ${limit}`
  const { rows, isCut = false } = await tables.warehouse.query({ sql, params, mayBeCut: true }, limit)
  return { letters: rows.map(readLetter), isCut }
}

function readLetter(row: Row): ReadLetter {
  const text = (column: string) => (row[column] ?? '') as string
  const given = (column: string) => (row[column] ?? null) as string | null
  const attributes = (JSON.parse(text('attributes') || 'null') ?? {}) as Record<string, string>
  return {
    letter: {
      dead_letter_id: text('dead_letter_id'),
      at: text('dead_lettered_at'),
      reason: text('reason'),
      path: text('path'),
      value: text('value'),
      message: text('message'),
      event_type: text('event_type'),
      table: text('table_name'),
      message_id: text('message_id'),
      publish_time: given('publish_time'),
      attempt: (row['attempt'] ?? null) as number | null,
      parts: Number(row['parts'] ?? 1),
      replayed_at: given('replayed_at'),
      bytes: Number(row['bytes'] ?? 0),
    },
    data: Buffer.from(text('data'), 'base64'),
    attributes,
  }
}
