import type { AskTurn } from './ask-turn.ts'

/**
 * What events of one table wait for: the same change of the table that is known. Nothing of the events themselves is kept: those that
 * wait have it.
 */
export interface Wish {
  readonly key: string
  /** A column that it adds, by its path; empty where it adds none. */
  readonly added: string
  /** Of the table that it was wished for last: whether there was one, and how often the write path had told others by then. */
  hadTable: boolean
  told: number
  /** The turn in which it is asked for. */
  readonly turn: AskTurn
  /** How often it was asked for. 0: others ask for all that it needs. */
  tries: number
  /** When it is to be asked for again, in milliseconds since 1970. */
  due: number
  /** When it was asked for last. */
  sentAt: number
  /** The hope that it is part of. */
  hope: number
}
