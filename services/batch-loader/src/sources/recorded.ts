import type { SourceObject } from '../formats/records.ts'
import { deadLetters } from './dead-letters.ts'
import { publishedMessages } from './published-messages.ts'
import type { Recorded } from './recorded-span.ts'
import type { RecordedOptions } from './recorded-rows.ts'

const KINDS = { published: publishedMessages, 'dead-letters': deadLetters } as const

/** The source that is meant, as it is now. */
export function recordedObject(recorded: Recorded, options: RecordedOptions): Promise<SourceObject> {
  return KINDS[recorded.kind](recorded, options)
}
