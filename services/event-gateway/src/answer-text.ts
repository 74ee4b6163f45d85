import type { Outcome } from './event-request.ts'
import type { Slices } from './slices.ts'

/** Events whose text is written at once. */
const PORTION = 100

/** The answer as JSON, written a little at a time: one of 10,000 events has more than a megabyte. */
export async function answerText(
  answer: Outcome['answer'],
  slices: Slices,
): Promise<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder()
  if (!('events' in answer)) return encoder.encode(JSON.stringify(answer))
  const { events, ...rest } = answer
  const pieces = [encoder.encode('{"events":[')]
  for (let start = 0; start < events.length; start += PORTION) {
    if (slices.isOver) await slices.next()
    const texts = JSON.stringify(events.slice(start, start + PORTION)).slice(1, -1)
    pieces.push(encoder.encode(start === 0 ? texts : `,${texts}`))
  }
  pieces.push(encoder.encode(`],${JSON.stringify(rest).slice(1)}`))
  const text = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    text.set(piece, at)
    at += piece.length
  }
  return text
}
