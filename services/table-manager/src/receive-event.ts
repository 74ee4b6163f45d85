import {
  askingMessage,
  CALLER_ATTRIBUTE,
  destination,
  judge,
  judgeRequest,
  shorten,
  tableAskedFor,
  type Message,
} from '@tablestream/contract'
import type { Logger } from '@tablestream/service-kit'
import type { TableQueues } from './queue/table-queues.ts'
import type { ChangeResult } from './table-change.ts'
import { ToldLately } from './told-lately.ts'

/** How a delivery is answered: 204 takes it, 503 asks for it again. */
export type Receipt =
  | { readonly outcome: ChangeResult['outcome'] | 'rejected' | 'other_table'; readonly status: 204 }
  | {
      readonly outcome: 'later' | 'postponed' | 'former_table'
      readonly status: 503
      readonly reason: string
    }

export type ReceiveEvent = (message: Message) => Promise<Receipt>

/**
 * The flow: judge, find the table, make it fit. What can never be a row is taken and logged (the stream-writer
 * sends it to the dead letters), and what BigQuery refuses for good; what may work later is asked for again.
 *
 * @param takesRequests false where all that is delivered are events: anybody who publishes one may give it the attributes of a request, so
 * that its contract is not asked, and it counts as another message
 */
export function createReceiver(
  queues: Pick<TableQueues, 'of'>,
  logger: Logger,
  takesRequests = true,
): ReceiveEvent {
  const told = new ToldLately()
  return async (delivered) => {
    // a request of stream-writer is as the message that asks; any other message asks for itself
    const message = takesRequests ? askingMessage(delivered) : delivered
    const { messageId } = message
    const verdict = message === delivered ? judge(message) : judgeRequest(message)
    if (verdict.outcome === 'rejected') {
      const { eventType, reason, path, value } = verdict
      logger.info({ messageId, eventType, reason, path: shorten(path), value }, 'no table for this message')
      return { outcome: 'rejected', status: 204 }
    }
    const { event, eventType, eventId, source } = verdict
    // both are as long as strangers like
    const about = { messageId, eventType, eventId: shorten(eventId) }
    const { table } = destination(eventType)
    const wanted = message === delivered ? table : (tableAskedFor(message) ?? table)
    if (wanted !== table) {
      // the one of ours would hold nothing, and nobody would know why the event waits
      if (told.isDue(`${table} ${wanted}`))
        logger.error({ ...about, table, wanted }, 'no table for this event: who asks has other CONTRACTS')
      return { outcome: 'other_table', status: 204 }
    }
    const caller = message.attributes[CALLER_ATTRIBUTE] ?? ''
    try {
      const bytes = message.data.length
      const result = await queues.of(eventType).fit({ event, eventId, source, caller, bytes })
      if (result.outcome === 'postponed') {
        const { outcome, reason } = result
        logger.warn({ ...about, reason }, 'the event is asked for again')
        // who asks for a waiting event does so again; a "no" would keep Pub/Sub from the requests of others
        return message === delivered ? { outcome, status: 503, reason } : { outcome, status: 204 }
      }
      if (result.outcome === 'former_table') {
        const { outcome, former } = result
        const reason = `${former} is the table of this type by an older version: see docs/adopting/upgrading.md`
        if (told.isDue(`${table} ${former}`))
          logger.error({ ...about, table, former, reason }, 'no table for this event')
        return message === delivered ? { outcome, status: 503, reason } : { outcome, status: 204 }
      }
      if (result.outcome === 'refused') {
        const { reason, path, value } = result
        logger.error({ ...about, reason, path: shorten(path), value }, 'BigQuery refuses the change')
      }
      if (result.outcome === 'frozen') {
        logger.warn(
          { messageId, eventType },
          'no table for this event: the policy of its type lets none be created',
        )
      }
      return { outcome: result.outcome, status: 204 }
    } catch (error) {
      logger.warn(
        { err: error, messageId, eventType },
        'the table could not be made fit; the event is asked for again',
      )
      return { outcome: 'later', status: 503, reason: wordsOf(error) }
    }
  }
}

/** The message of an error and of what caused it. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause === undefined ? error.message : `${error.message}: ${wordsOf(error.cause)}`
}
