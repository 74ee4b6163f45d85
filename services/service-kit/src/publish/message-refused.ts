/** Pub/Sub refuses the messages of a call for what is in them: sent again they are refused again. */
export class MessageRefused extends Error {
  constructor(cause: unknown) {
    super(`Pub/Sub refuses the messages: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    })
    this.name = 'MessageRefused'
  }
}
