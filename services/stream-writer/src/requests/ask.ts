import { sourceOf, type SchemaRequest } from '@tablestream/contract'
import type { Logger, Publisher } from '@tablestream/service-kit'
import type { Counter } from 'prom-client'

/**
 * Asks table-manager for a table. Resolves to whether Pub/Sub has the requests; never rejects. undefined: so much is under way, or
 * their source asked for so much just now, that they must wait.
 */
export type Ask = (table: string, requests: readonly SchemaRequest[]) => Promise<boolean> | undefined

export interface AskOptions {
  readonly publisher: Pick<Publisher, 'publish'>
  readonly logger: Logger
  readonly asked: Counter
  readonly now?: () => number
  /** Bytes of requests that Pub/Sub has not answered yet, of all tables together. */
  readonly mostBytes?: number
}

const MOST_BYTES = 8 << 20
/**
 * Requests of one source in a second, and at once. table-manager makes some 55 tables a second: what one source wants beyond that waits
 * here, and not in a line before the first new table of another one.
 */
const A_SECOND = 50
const AT_ONCE = 200
const MOST_SOURCES = 10_000

/** Names of sources can be made up: who asked for much must not be forgotten for many who asked once. */
function forgetSmallDebts(sources: Map<string, number>): void {
  const smallestFirst = [...sources].toSorted(([, one], [, other]) => one - other)
  for (const [source] of smallestFirst.slice(0, sources.size >> 1)) sources.delete(source)
}

export function createAsk({
  publisher,
  logger,
  asked,
  now = Date.now,
  mostBytes = MOST_BYTES,
}: AskOptions): Ask {
  let underWay = 0
  /** When each source may ask again, if it had asked one after the other. */
  const sources = new Map<string, number>()
  const takesTurns = (source: string, count: number): boolean => {
    const time = now()
    const from = Math.max(sources.get(source) ?? 0, time)
    if (from - time > (AT_ONCE / A_SECOND) * 1000) return false
    sources.delete(source)
    sources.set(source, from + (count / A_SECOND) * 1000)
    if (sources.size > MOST_SOURCES) forgetSmallDebts(sources)
    return true
  }
  const publish = async (table: string, requests: readonly SchemaRequest[], bytes: number) => {
    underWay += bytes
    try {
      await publisher.publish(requests)
      return true
    } catch (error) {
      logger.warn({ err: error, table }, 'table-manager could not be asked; it is asked again')
      return false
    } finally {
      underWay -= bytes
    }
  }
  return (table, requests) => {
    const bytes = requests.reduce((sum, { data }) => sum + data.length, 0)
    // what is larger than that goes alone
    if (underWay > 0 && underWay + bytes > mostBytes) return undefined
    if (requests[0] && !takesTurns(sourceOf(requests[0]), requests.length)) return undefined
    asked.inc(requests.length)
    return publish(table, requests, bytes)
  }
}
