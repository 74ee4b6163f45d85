import { requestOf, type Message } from '@tablestream/contract'
import type { Logger, Publisher } from '@tablestream/service-kit'
import type { Counter } from 'prom-client'

/** Asks table-manager for a table that takes the event of this message. Resolves to whether Pub/Sub has the request; never rejects. */
export type Ask = (table: string, message: Message) => Promise<boolean>

export interface AskOptions {
  readonly publisher: Pick<Publisher, 'publish'>
  readonly logger: Logger
  readonly asked: Counter
}

export function createAsk({ publisher, logger, asked }: AskOptions): Ask {
  return async (table, message) => {
    asked.inc()
    const { data, attributes } = requestOf(message)
    try {
      // a copy: what the message came in is not to wait for the request
      await publisher.publish([{ data: Buffer.from(data), attributes }])
      return true
    } catch (error) {
      const { messageId } = message
      logger.warn({ err: error, table, messageId }, 'table-manager could not be asked; it is asked again')
      return false
    }
  }
}
