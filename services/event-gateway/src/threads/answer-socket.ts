import { randomBytes, randomUUID } from 'node:crypto'
import net, { type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { frameOf, Frames } from './frames.ts'

/** Where a thread brings its answers, and the word that it says first: others on the machine may know the place. */
export interface AnswersTo {
  readonly path: string
  readonly word: string
}

export interface AnswerSocketEvents {
  readonly answered: (answer: unknown) => void
  /** There is no way for answers: the thread is of no use. */
  readonly failed: (error: Error) => void
}

/**
 * The way of a thread's answers: a socket, and not the port by which it is called. Who sends by a port wakes the other side while it holds
 * the port's lock. A thread of low priority then loses its core to the one that it woke, which wants that lock, and waits for it behind
 * every other thread, for milliseconds. What a system does for a socket it does to the end.
 */
export class AnswerSocket {
  readonly to: AnswersTo = { path: freePath(), word: randomUUID() }
  readonly #events: AnswerSocketEvents
  readonly #server = net.createServer((socket) => this.#connected(socket))
  readonly #strangers = new Set<Socket>()
  #thread: Socket | undefined

  constructor(events: AnswerSocketEvents) {
    this.#events = events
    this.#server.on('error', events.failed).listen(this.to.path)
  }

  /** Once the thread has ended: waits until everything is here that it has answered. */
  async ended(): Promise<void> {
    this.#closeDoor()
    const thread = this.#thread
    if (thread && !thread.closed) await new Promise<void>((resolve) => thread.once('close', () => resolve()))
  }

  #connected(socket: Socket): void {
    this.#strangers.add(socket)
    socket.once('close', () => this.#strangers.delete(socket))
    socket.once('error', () => socket.destroy())
    let said = Buffer.alloc(0)
    const listen = (piece: Buffer): void => {
      said = Buffer.concat([said, piece])
      const { word } = this.to
      if (said.length < word.length) return
      socket.off('data', listen)
      if (said.toString('latin1', 0, word.length) !== word) socket.destroy()
      else this.#take(socket, said.subarray(word.length))
    }
    socket.on('data', listen)
  }

  #take(socket: Socket, first: Buffer): void {
    this.#thread = socket
    this.#strangers.delete(socket)
    this.#closeDoor()
    const frames = new Frames()
    const read = (piece: Buffer): void => frames.add(piece).forEach(this.#events.answered)
    socket.once('error', this.#events.failed).on('data', read)
    read(first)
  }

  #closeDoor(): void {
    if (this.#server.listening) this.#server.close()
    for (const stranger of this.#strangers) stranger.destroy()
  }
}

/** In the thread: says its word, and gives what sends answers. */
export function answersTo({ path, word }: AnswersTo): Socket {
  const socket = net.connect(path)
  socket.write(word)
  return socket
}

/** What it sends is in order, and on its way at once. */
export function sendAnswer(socket: Socket, answer: unknown): void {
  socket.cork()
  for (const bytes of frameOf(answer)) socket.write(bytes)
  socket.uncork()
}

/** A name for a socket: on Linux of the kind that needs no file. */
function freePath(): string {
  const name = `tablestream-${randomBytes(9).toString('base64url')}`
  if (process.platform === 'linux') return `\0${name}`
  return process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), name)
}
