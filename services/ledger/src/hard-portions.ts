import type { PublishedRow } from './hard-messages.ts'
import { hardMessagesQuery, type Name } from './ledger-query.ts'
import { inHours } from './message-keys.ts'
import type { Queries } from './queries.ts'

/** Messages in one page of an answer, each of 10 MB at most; at Google a page has 10 MB, or one message. */
const PAGE = 20
/** An answer has 10 GB at most (docs: quotas, query jobs, maximum response size), and is made of what the workers hold. */
const TOO_MUCH = new Set<string | undefined>(['responseTooLarge', 'resourcesExceeded'])
/** Parts of one hour: powers of two. */
const PARTS_AT_ONCE = 8
const MOST_PARTS = 8 ** 5

/** Messages of these hours, in milliseconds since 1970, as far as their ids fall into one of so many parts. */
interface Portion {
  readonly hours: readonly number[]
  readonly part: number
  readonly parts: number
}

/**
 * The messages of these hours that SQL may read wrongly, page by page. Where BigQuery says that an answer would be too large, it is
 * asked for in portions: it bills nothing for a query that failed, and the bytes of an hour once for each portion of it.
 *
 * @param hours in milliseconds since 1970
 * @throws the client's own error where BigQuery refuses for another reason
 */
export async function* hardPages(
  pages: Queries['pages'],
  name: Name,
  hours: readonly number[],
): AsyncGenerator<readonly PublishedRow[]> {
  const left: Portion[] = [{ hours, part: 0, parts: 1 }]
  for (let portion = left.pop(); portion; portion = left.pop()) {
    const answer = pages<PublishedRow>(hardMessagesQuery(name, conditionOf(portion)), PAGE)
    let told = false
    try {
      for await (const page of answer) {
        told = true
        yield page
      }
    } catch (error) {
      const smaller = told || !isTooMuch(error) ? [] : divided(portion)
      if (smaller.length === 0) throw error
      left.push(...smaller)
    }
  }
}

function conditionOf({ hours, part, parts }: Portion): string {
  const own = inHours(hours)
  return parts === 1 ? own : `${own} AND FARM_FINGERPRINT(message_id) & ${parts - 1} = ${part}`
}

function divided({ hours, part, parts }: Portion): Portion[] {
  const middle = hours.length >> 1
  if (middle > 0)
    return [hours.slice(middle), hours.slice(0, middle)].map((some) => ({ hours: some, part, parts }))
  if (parts >= MOST_PARTS) return []
  return Array.from({ length: PARTS_AT_ONCE }, (_, n) => ({
    hours,
    part: part + n * parts,
    parts: parts * PARTS_AT_ONCE,
  }))
}

function isTooMuch(error: unknown): boolean {
  const { errors = [] } = error as { readonly errors?: readonly { readonly reason?: string }[] }
  return errors.some(({ reason }) => TOO_MUCH.has(reason))
}
