import { deadLetterMessages, shorten, type Rejection } from '@tablestream/contract'
import type { Logger, Publisher } from '@tablestream/service-kit'
import type { LeasedMessage } from '../pull/pull-stream.ts'

export interface DeadLettersOptions {
  readonly publisher: Publisher
  readonly logger: Logger
  /** The subscription that messages come from. */
  readonly subscription: string
}

/** The topic for what cannot land. */
export class DeadLetters {
  readonly #options: DeadLettersOptions

  constructor(options: DeadLettersOptions) {
    this.#options = options
  }

  /** True once Pub/Sub has the dead letter, all of it; false when it does not take it now. */
  async publish(
    { message, deliveryAttempt }: LeasedMessage,
    rejection: Rejection,
    table: string,
    eventType: string,
  ): Promise<boolean> {
    const { publisher, logger, subscription } = this.#options
    const { reason, path, value } = rejection
    const about = {
      messageId: message.messageId,
      eventType,
      reason,
      path: shorten(path),
      value,
      why: rejection.message,
    }
    try {
      const from = { attempt: String(deliveryAttempt), subscription }
      const source = { message, rejection, eventType, table, from }
      await publisher.publish(deadLetterMessages(source))
    } catch (error) {
      logger.error(
        { err: error, ...about },
        'a dead letter could not be published; the message is given back',
      )
      return false
    }
    logger.warn(about, 'dead letter')
    return true
  }
}
