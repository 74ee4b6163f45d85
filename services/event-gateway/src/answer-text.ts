import type { Outcome } from './judge/event-request.ts'
import type { Slices } from './slices.ts'

/** Events whose text is written at once. */
const PORTION = 100

/** The answer as JSON, written a little at a time: one of 10,000 events has more than a megabyte. */
export async function answerText(
  answer: Outcome['answer'],
  slices: Slices,
): Promise<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder()
  const pieces: Uint8Array[] = []
  const write = (text: string) => void pieces.push(encoder.encode(text))
  let before = '{'
  for (const [name, value] of Object.entries(answer)) {
    if (!Array.isArray(value)) {
      write(`${before}${JSON.stringify(name)}:${JSON.stringify(value)}`)
    } else {
      write(`${before}${JSON.stringify(name)}:[`)
      for (let start = 0; start < value.length; start += PORTION) {
        if (slices.isOver) await slices.next()
        const texts = JSON.stringify(value.slice(start, start + PORTION)).slice(1, -1)
        write(start === 0 ? texts : `,${texts}`)
      }
      write(']')
    }
    before = ','
  }
  write('}')
  const text = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    text.set(piece, at)
    at += piece.length
  }
  return text
}
