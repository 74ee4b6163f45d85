import type { SchemaRequest } from '@tablestream/contract'
import type { Logger, Publisher } from '@tablestream/service-kit'
import type { Counter } from 'prom-client'

/**
 * Asks table-manager for a table. Resolves to whether Pub/Sub has the requests; never rejects. undefined: so much is under way that they
 * must wait.
 */
export type Ask = (table: string, requests: readonly SchemaRequest[]) => Promise<boolean> | undefined

export interface AskOptions {
  readonly publisher: Pick<Publisher, 'publish'>
  readonly logger: Logger
  readonly asked: Counter
  /** Bytes of requests that Pub/Sub has not answered yet, of all tables together. */
  readonly mostBytes?: number
}

const MOST_BYTES = 8 << 20

export function createAsk({ publisher, logger, asked, mostBytes = MOST_BYTES }: AskOptions): Ask {
  let underWay = 0
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
    asked.inc(requests.length)
    return publish(table, requests, bytes)
  }
}
