import type { Place } from './api-types.ts'

export type Marked = Pick<Place, 'text_start' | 'text_end' | 'missing' | 'message'>

export interface Piece {
  readonly start: number
  readonly end: number
  /** Undefined: nothing is wrong there. */
  readonly mark?: Marked
}

/** The text in pieces, with and without marks. Of places that overlap the one that begins first is marked, and of these the narrowest. */
export function piecesOf(text: string, places: readonly Marked[]): readonly Piece[] {
  const pieces: Piece[] = []
  let done = 0
  const inOrder = places
    .filter(({ text_start: start, text_end: end }) => start >= 0 && end > start && start < text.length)
    .toSorted((a, b) => a.text_start - b.text_start || a.text_end - b.text_end)
  for (const mark of inOrder) {
    const start = mark.text_start
    if (start < done) continue
    // of an object that lacks a field its brace is enough
    const end = mark.missing ? start + 1 : Math.min(mark.text_end, text.length)
    if (start > done) pieces.push({ start: done, end: start })
    pieces.push({ start, end, mark })
    done = end
  }
  return done < text.length ? [...pieces, { start: done, end: text.length }] : pieces
}
