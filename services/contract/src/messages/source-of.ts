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

/**
 * In whose turn the events of a source are served where many wait (`partyOf` of service-kit). A `ce-source` is a claim, and may be
 * another one for each event: so those that came without a caller take turns as one caller, and their sources inside of it.
 */
export function turnOf(source: string): string {
  return source.includes(' ') ? source : ` ${source}`
}

// messages of one publisher come in runs
let lastCaller = ''
let lastSource = ''
let both = ''
