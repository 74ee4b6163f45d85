import { sourceOf } from '@tablestream/contract'
import type { Tables } from '../tables/dataset.ts'
import {
  either,
  hasCeId,
  hasFingerprint,
  hasId,
  messagesOf,
  moved,
  named,
  type Condition,
  type PublishedMessage,
} from './record.ts'

/** What is known of a row whose messages are looked for. */
export interface RowMade {
  readonly eventId: string
  /** FARM_FINGERPRINT of its bytes, as text; null where the table keeps none. */
  readonly fingerprint: string | null
  /** Whose it is (`sourceOf`); null where that was not kept. */
  readonly source: string | null
  /** RFC 3339. */
  readonly processed: string
}

/** How long before its row an event was published, at most: each step is tried when the one before finds nothing. */
const STEPS_SECONDS = [600, 86_400, 8 * 86_400]
/** Within so long before its row nearly every event was published, a backlog apart. */
export const MOSTLY_SECONDS = STEPS_SECONDS[0]!

/**
 * The messages that a row may have been made of: those with its bytes, oldest first, from the time in which there are some.
 *
 * @param after so long after the row they are looked for, too, in seconds
 * @param conditions ways to find them, the quickest first
 */
export async function messagesOfRow(
  row: RowMade,
  tables: Tables,
  after = 0,
  conditions: readonly Condition[] = waysTo(row),
): Promise<readonly PublishedMessage[]> {
  let until = moved(row.processed, after)
  for (const seconds of STEPS_SECONDS) {
    const span = { from: moved(row.processed, -seconds), until }
    for (const condition of conditions) {
      const messages = await messagesOf(tables, [span], condition)
      const own = messages.filter((message) => isMadeOf(row, message))
      if (own.length > 0) return own
    }
    until = span.from
  }
  return []
}

/** An id may be written otherwise in the bytes than it is: then these alone tell. */
function waysTo({ eventId, fingerprint }: RowMade): Condition[] {
  if (fingerprint === null) return [hasId(eventId)]
  const byId = either([named([eventId]), hasCeId(eventId)])
  return [byId, hasFingerprint(fingerprint, { text: eventId }), hasFingerprint(fingerprint)]
}

/** The same bytes of another source are another event. Of a row without a fingerprint its id alone tells. */
export function isMadeOf(
  { fingerprint, source }: Pick<RowMade, 'fingerprint' | 'source'>,
  message: PublishedMessage,
): boolean {
  return (
    (fingerprint === null || message.fingerprint === fingerprint) &&
    (source === null || sourceOf(message) === source)
  )
}
