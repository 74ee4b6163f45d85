import type { Message } from './decode-message.ts'

/** Who published the event: set by event-gateway, from the caller's key or token. */
export const CALLER_ATTRIBUTE = 'tablestream-caller'
const SOURCE_ATTRIBUTE = 'ce-source'

/**
 * Whose id an event's id is: an id is told apart from others of its source alone (CloudEvents: source + id). Empty where the
 * message says nothing of it. A URI has no spaces, so the last one parts caller and source.
 */
export function sourceOf(message: Message): string {
  const caller = attributeOf(message, CALLER_ATTRIBUTE) ?? ''
  const source = attributeOf(message, SOURCE_ATTRIBUTE) ?? ''
  return caller === '' || source === '' ? caller + source : `${caller} ${source}`
}

export function attributeOf(message: Message, name: string): string | undefined {
  return message.attribute ? message.attribute(name) : message.attributes[name]
}
