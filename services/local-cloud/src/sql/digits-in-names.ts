import { isReserved } from './keywords.ts'

const LETTER = /^[\p{L}_]/u
const NAME = /^[\p{L}\p{N}_]+/u

/** A token, as far as it matters here. */
interface Piece {
  readonly kind: string
  readonly text: string
  readonly upper: string
}

type Part = Piece & { readonly kind: 'word' | 'symbol' }

/** A number that was found, and what stands before it without a space. */
export interface FoundNumber {
  readonly text: string
  /** What follows it. */
  readonly behind: string
  readonly before: Piece | undefined
  readonly beforeThat: Piece | undefined
}

/**
 * What of a number is no number, but part of a name (lexical structure: path expressions, table names): `d.2024_events`,
 * `my-1st-project.d.t`, `my-project-123456.d.t`.
 *
 * @returns the token that begins there; undefined where it is a number; 'wrong' where a letter follows a number
 */
export function partOfName({ text, behind, before, beforeThat }: FoundNumber): Part | 'wrong' | undefined {
  const isBroken = LETTER.test(behind)
  const name = (of: string): Part => ({ kind: 'word', text: of, upper: of.toUpperCase() })
  if (before?.text === '.' && before.kind === 'symbol') return name(NAME.exec(text + behind)![0])
  const isPath = before?.kind === 'quoted' || (before?.kind === 'word' && !isReserved(before.upper))
  if (isPath && text.startsWith('.')) return { kind: 'symbol', text: '.', upper: '.' }
  if (!isBroken) return undefined
  const isDashed = before?.text === '-' && beforeThat?.kind === 'word'
  return isDashed ? name(NAME.exec(text + behind)![0]) : 'wrong'
}
