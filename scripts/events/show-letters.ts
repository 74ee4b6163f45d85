import type { DeadLetter } from '@tablestream/ledger'
import { shown } from '../query/screen-text.ts'

/** Dead letters of one reason and type. */
export interface LetterGroup {
  readonly reason: string
  readonly eventType: string
  readonly letters: number
}

const COUNT_WIDTH = 8
/** Characters of the original message. */
const SHOWN_OF_DATA = 200

/** What strangers wrote is on the way to a terminal: it obeys nothing of it. */
export function groupLine({ reason, eventType, letters }: LetterGroup): string {
  return `${String(letters).padStart(COUNT_WIDTH)}  ${shown(reason)}  ${shown(eventType)}`
}

export function letterText(
  letter: Pick<DeadLetter, 'reason' | 'path' | 'value' | 'message' | 'messageId' | 'data'>,
): string {
  const { reason, path, value, message, messageId, data } = letter
  const begin = data.toString('utf8').slice(0, SHOWN_OF_DATA)
  const lines = [`${reason} ${path} ${value}`, `  ${message}`, `  message ${messageId}: ${begin}`]
  return lines.map(shown).join('\n')
}
