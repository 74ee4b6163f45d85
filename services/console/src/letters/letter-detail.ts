import { originalAttributes } from '@tablestream/ledger'
import { judge } from '@tablestream/contract'
import type { DeadLetterDetail } from '../api/letters.ts'
import type { Problem } from '../api/event.ts'
import { problemsOf } from '../judge/tell-verdict.ts'
import { quoted, type Tables } from '../tables/dataset.ts'
import { MOST_BYTES, placesOf } from '../judge/places.ts'
import { readLetters, type ReadLetter } from './read-letters.ts'

/** A dead letter with its original bytes and the places that are wrong; undefined: there is none of this id. */
export async function letterDetail(tables: Tables, id: string): Promise<DeadLetterDetail | undefined> {
  const params = { id }
  const replaysSql = `SELECT replayed_at, message_id FROM ${quoted(tables, 'dead_letter_replays')}
    WHERE dead_letter_id = @id ORDER BY replayed_at`
  const [{ letters }, { rows: replays }] = await Promise.all([
    readLetters(tables, { where: 'dead_letter_id = @id', params, limit: 1, whole: true }),
    tables.warehouse.query({ sql: replaysSql, params }),
  ])
  const [found] = letters
  if (!found) return undefined
  const { letter, data } = found
  const attributes = originalAttributes(found.attributes)
  const shown = data.subarray(0, MOST_BYTES)
  return {
    ...letter,
    attributes,
    data: shown.toString('base64'),
    text: shown.toString('utf8').toWellFormed(),
    is_cut: data.length > MOST_BYTES || letter.parts > 1,
    places: placesOf(data, problemsOfLetter(found, attributes)),
    replays: replays.map((row) => ({
      replayed_at: row['replayed_at'] as string,
      message_id: row['message_id'] as string,
    })),
  }
}

/** What the contract says today, and what was said when it became a dead letter. */
function problemsOfLetter(
  { letter, data }: ReadLetter,
  attributes: Readonly<Record<string, string>>,
): Problem[] {
  const { path, reason: rule, message, value } = letter
  const then = { path, rule, message, value }
  const publishTime = letter.publish_time ?? letter.at
  const verdict = judge({ data, attributes, messageId: letter.message_id, publishTime })
  if (verdict.outcome === 'event') return [then]
  const now = problemsOf(verdict)
  return now.some((problem) => problem.path === path) ? now : [then, ...now]
}
