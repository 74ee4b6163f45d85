import type { IncomingMessage } from 'node:http'
import createError from '@fastify/error'
import { letGo } from './let-go.ts'

const TooLarge = createError<[number]>(
  'BODY_TOO_LARGE',
  'the body has more than %d bytes; send its events in several requests',
  413,
)
const TooManyPieces = createError(
  'BODY_IN_PIECES',
  'the body comes in too many pieces; send larger ones',
  400,
)
/** Nobody waits for an answer. */
export const Gone = createError('GONE', 'the connection ended before the body did', 400)

/** A body of 10 MB that each packet of a network brings by itself has 7,000. */
const MOST_PIECES = 20_000
/** What is smaller goes into a block with others: a piece of one byte takes some 100. */
const SMALL = 4096
const BLOCK = 65_536
/** Bodies up to here are read as they come. */
const SHORT = 65_536

/**
 * The body of a request, in pieces.
 *
 * @param arrived is told of each piece, and throws where there is no room for it: what Content-Length promises takes no room
 * until it is there
 * @param mustWait whether somebody else reads first, once so many bytes have been read; it calls `readOn` when it is this one's turn
 */
export function receiveBody(
  stream: IncomingMessage | undefined,
  mostBytes: number,
  arrived: (bytes: number) => void,
  mustWait: (bytes: number, readOn: () => void) => boolean,
): Promise<Buffer[]> {
  if (stream === undefined) return Promise.resolve([])
  return new Promise((resolve, reject) => {
    if (Number(stream.headers['content-length'] ?? 0) > mostBytes) {
      reject(new TooLarge(mostBytes))
      return
    }
    const pieces = new Pieces()
    let isOver = false
    const fail = (error: Error): void => {
      // a connection closes after the end of a body, too
      if (isOver) return
      isOver = true
      // who has nothing more of the body lets it stand where it is
      stream.off('data', take).pause()
      pieces.letGo()
      reject(error)
    }
    const readOn = (): void => void stream.resume()
    const take = (piece: Buffer): void => {
      try {
        arrived(piece.length)
        pieces.add(piece)
        if (pieces.bytes > mostBytes) throw new TooLarge(mostBytes)
        if (pieces.count > MOST_PIECES) throw new TooManyPieces()
        if (pieces.bytes > SHORT && mustWait(piece.length, readOn)) stream.pause()
      } catch (error) {
        fail(error as Error)
      }
    }
    stream.on('data', take)
    stream.once('end', () => {
      isOver = true
      resolve(pieces.all())
    })
    stream.once('error', fail)
    stream.once('close', () => {
      // an error has its stack, which each good body would pay for
      if (!isOver) fail(new Gone())
    })
  })
}

class Pieces {
  readonly #all: Buffer[] = []
  #block: Buffer | undefined
  #filled = 0
  bytes = 0
  count = 0

  add(piece: Buffer): void {
    this.bytes += piece.length
    // most bodies are one piece
    if (++this.count === 1 || piece.length > SMALL) {
      this.#flush()
      this.#all.push(piece)
      return
    }
    if (this.#block === undefined || this.#filled + piece.length > BLOCK) {
      this.#flush()
      this.#block = Buffer.allocUnsafeSlow(BLOCK)
    }
    this.#filled += piece.copy(this.#block, this.#filled)
  }

  all(): Buffer[] {
    this.#flush()
    return this.#all
  }

  letGo(): void {
    for (const piece of this.all().splice(0)) letGo(piece)
  }

  #flush(): void {
    if (this.#block) this.#all.push(this.#block.subarray(0, this.#filled))
    this.#block = undefined
    this.#filled = 0
  }
}
