import { isMissing, quoted, type Tables } from '../tables/dataset.ts'
import { attribute, holds, OWN_ID } from './message-sql.ts'

/** A message that is a dead letter. */
export interface FoundLetter {
  readonly messageId: string
  /** When it was published, RFC 3339. */
  readonly time: string
}

const MOST_LETTERS = 10
const BY_ATTRIBUTES = `STRPOS(TO_JSON_STRING(attributes), @id) > 0 AND (${attribute('ce-id')} = @id OR ${attribute('original-ce-id')} = @id)`
const BY_BYTES = `${holds('@id')} AND ${OWN_ID} = @id`

/** The dead letters that have this id as `ce-id`, or in their bytes, which costs more. */
export async function lettersOfId(
  id: string,
  by: 'attributes' | 'bytes',
  tables: Tables,
  since: string,
): Promise<FoundLetter[]> {
  const sql = `SELECT ${attribute('dead-letter-message-id')} AS id, ${attribute('dead-letter-publish-time')} AS time
    FROM ${quoted(tables, 'dead_letters')} WHERE publish_time >= TIMESTAMP(@since) AND ${by === 'bytes' ? BY_BYTES : BY_ATTRIBUTES}
    ORDER BY publish_time LIMIT ${MOST_LETTERS}`
  try {
    const { rows } = await tables.warehouse.query({ sql, params: { id, since } })
    return rows
      .map((row) => ({ messageId: (row['id'] ?? '') as string, time: (row['time'] ?? '') as string }))
      .filter((letter) => letter.messageId !== '' && letter.time !== '')
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}
