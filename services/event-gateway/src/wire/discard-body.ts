import type { IncomingMessage } from 'node:http'
import { letGo } from './let-go.ts'
import { ReadTurns } from './read-turns.ts'

/** Bodies up to here are left to Node, which reads them as they come. */
const SHORT = 65_536
/** About 64 KB, which is one piece at most, in so many milliseconds: 16 MB a second, of all of them together. */
const TURN_BYTES = 65_535
const TURN_MS = 4

/**
 * Reads what is left of bodies whose requests have been refused: a sender that does not look for the answer before it has sent all of its
 * body would never have it, and the connection serves again. By itself Node reads such a body as fast as it comes, and that costs as much
 * as to take it: here it is read slowly, caller by caller, so that who sends on and on has to wait.
 */
export class DiscardedBodies {
  readonly #turns = new ReadTurns((turn) => void setTimeout(turn, TURN_MS), TURN_BYTES)

  discard(stream: IncomingMessage, caller: string): void {
    if (stream.complete || stream.destroyed || isShort(stream)) return
    const readOn = (): void => void stream.resume()
    stream.on('data', (piece: Buffer) => {
      const { length } = piece
      letGo(piece)
      if (this.#turns.mustWait(caller, length, readOn)) stream.pause()
    })
    // it may have been stopped
    readOn()
  }
}

function isShort({ headers }: IncomingMessage): boolean {
  if (headers['transfer-encoding'] !== undefined) return false
  return Number(headers['content-length'] ?? 0) <= SHORT
}
