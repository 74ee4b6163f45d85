import { attributeOf, type Message } from './message.ts'

/** Who published the event: set by event-gateway, from the caller's key or token. */
export const CALLER_ATTRIBUTE = 'tablestream-caller'
const SOURCE_ATTRIBUTE = 'ce-source'

/**
 * Whose id an event's id is: an id is told apart from others of its source alone (CloudEvents: source + id). Empty where the
 * message says nothing of it. A URI has no spaces, so the last one parts caller and source.
 */
export function sourceOf(message: Pick<Message, 'attributes' | 'attribute'>): string {
  const caller = attributeOf(message, CALLER_ATTRIBUTE) ?? ''
  const source = attributeOf(message, SOURCE_ATTRIBUTE) ?? ''
  if (caller === '') return source
  if (source === '') return caller
  if (caller !== lastCaller || source !== lastSource) {
    lastCaller = caller
    lastSource = source
    both = `${caller} ${source}`
  }
  return both
}

// messages of one publisher come in runs
let lastCaller = ''
let lastSource = ''
let both = ''
