import { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'

/** Bytes of an answer that are given to the system in one turn of the event loop: to hand over a megabyte takes it a millisecond. */
export const PIECE = 65_536

/** A large answer, a piece a turn: others are heard in between. */
export function writeTurns(answer: Buffer): Readable {
  return Readable.from(pieces(answer), { objectMode: false, highWaterMark: PIECE })
}

async function* pieces(answer: Buffer): AsyncGenerator<Buffer> {
  for (let start = 0; start < answer.length; start += PIECE) {
    yield answer.subarray(start, start + PIECE)
    await turn()
  }
}
