import type net from 'node:net'

/** More than this waits in the socket: streams get no more of what they want to say. */
const MOST_UNSENT = 1 << 20
/** Frames are copied into one piece where all of them are shorter. */
const ONE_PIECE = 64 << 10

/** What goes out on a connection: frames of one turn of the event loop go together. */
export class Outlet {
  readonly #socket: net.Socket
  readonly #drained: () => void
  #waiting: Buffer[] = []
  #bytes = 0
  #isFlushing = false

  /** @param drained is told that there is room again, after there was none */
  constructor(socket: net.Socket, drained: () => void) {
    this.#socket = socket
    this.#drained = drained
    socket.on('drain', drained)
  }

  /** Whether so much waits that nothing but the connection's own frames should be added. */
  get isFull(): boolean {
    return this.#bytes + this.#socket.writableLength > MOST_UNSENT
  }

  /** Sends frames behind those that were sent before. */
  send(frames: Buffer): void {
    this.#waiting.push(frames)
    this.#bytes += frames.length
    if (this.#isFlushing) return
    this.#isFlushing = true
    process.nextTick(() => this.#flush())
  }

  /** Says what there is to say, and then no more. */
  end(): void {
    this.#flush()
    this.#socket.destroySoon()
  }

  #flush(): void {
    const out = this.#waiting
    const bytes = this.#bytes
    this.#waiting = []
    this.#bytes = 0
    this.#isFlushing = false
    if (this.#socket.destroyed || !this.#socket.writable) return
    if (out.length === 1) this.#socket.write(out[0]!)
    else if (bytes < ONE_PIECE) this.#socket.write(Buffer.concat(out, bytes))
    else {
      this.#socket.cork()
      for (const part of out) this.#socket.write(part)
      this.#socket.uncork()
    }
    // what the kernel takes at once is followed by no 'drain', and streams were told to wait for it
    if (bytes > MOST_UNSENT && !this.#socket.writableNeedDrain) this.#drained()
  }
}
