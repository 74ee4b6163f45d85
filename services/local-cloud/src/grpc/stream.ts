import { CODE, FLAG, FRAME, FRAME_HEAD, LARGEST_FRAME, LARGEST_WINDOW, writeHead } from './frames.ts'

/** The connection, as its streams need it. */
export interface Wire {
  /** Bytes that may go out now. */
  readonly window: number
  /** So many of them are taken. */
  use(bytes: number): void
  send(frames: Buffer): void
  /** Headers as the peer takes them now: they go out next. */
  headers(block: Buffer): Buffer
  reset(id: number, code: number): void
  /** The stream has ended. */
  forget(id: number): void
}

/** Who gets what comes on a stream. */
export interface StreamUser {
  /** The bytes are another one's when this returns. */
  receive(bytes: Buffer, start: number, end: number): void
  receiveEnd(): void
  /** There is room for more of what it wants to say. */
  resume(): void
  /** The peer has given it up, or is gone. */
  cancel(): void
}

/** One request and its response on a connection, with the windows of both sides. */
export class Stream {
  readonly id: number
  user!: StreamUser
  readonly #wire: Wire
  /** Bytes that the peer takes. */
  #window: number
  /** Bytes that it may send. */
  #ownWindow: number
  #unannounced = 0
  /** What found no room: messages that are not sent whole. */
  #waiting: Buffer[] = []
  #trailers: Buffer | undefined
  #hasAll = false
  #ended = false

  constructor(wire: Wire, id: number, window: number, ownWindow: number) {
    this.#wire = wire
    this.id = id
    this.#window = window
    this.#ownWindow = ownWindow
  }

  /** Whether what was given to `write` is sent. */
  get isSent(): boolean {
    return this.#waiting.length === 0 && this.#wire.window > 0
  }

  /** Bytes come. @returns whether they may */
  takes(bytes: number): boolean {
    this.#ownWindow -= bytes
    return !this.#hasAll && this.#ownWindow >= 0
  }

  /** @returns by how much the peer's window is to be widened, when that is worth a frame */
  toAnnounce(bytes: number, least: number): number {
    this.#unannounced += bytes
    if (this.#unannounced < least) return 0
    const all = this.#unannounced
    this.#unannounced = 0
    this.#ownWindow += all
    return all
  }

  receive(bytes: Buffer, start: number, end: number): void {
    if (!this.#ended) this.user.receive(bytes, start, end)
  }

  receiveEnd(): void {
    if (this.#hasAll || this.#ended) return
    this.#hasAll = true
    this.user.receiveEnd()
  }

  /** The peer takes more, or less. @returns whether a window may be so large */
  widen(bytes: number): boolean {
    if (this.#window + bytes > LARGEST_WINDOW) return false
    this.#window += bytes
    if (this.#window > 0) this.resume()
    return true
  }

  resume(): void {
    const wasWaiting = this.#waiting.length > 0
    this.#pump()
    if (!wasWaiting || this.isSent) this.user.resume()
  }

  /** Sends the first or the last headers of the response. @param block its bytes, which change no table */
  writeHeaders(block: Buffer): void {
    this.#sendHeaders(block, 0)
  }

  write(bytes: Buffer): void {
    if (this.#ended) return
    this.#waiting.push(bytes)
    this.#pump()
  }

  /** Ends the response, when all of it is sent. @param block the trailers */
  end(block: Buffer): void {
    if (this.#ended) return
    this.#trailers = block
    this.#pump()
  }

  /** A short response as a whole, where the windows are open. @returns whether they were */
  respond(block: Buffer, body: Buffer, trailers: Buffer): boolean {
    const most = Math.min(LARGEST_FRAME, this.#window, this.#wire.window)
    if (this.#ended || this.#waiting.length > 0 || body.length > most) return false
    if (block.length >= LARGEST_FRAME || trailers.length > LARGEST_FRAME) return false
    this.#use(body.length)
    const headers = this.#wire.headers(block)
    const { id } = this
    const bytes = Buffer.allocUnsafe(FRAME_HEAD * 3 + headers.length + body.length + trailers.length)
    let at = writeHead(bytes, 0, {
      type: FRAME.HEADERS,
      flags: FLAG.END_HEADERS,
      id,
      length: headers.length,
    })
    at += headers.copy(bytes, at)
    at = writeHead(bytes, at, { type: FRAME.DATA, flags: 0, id, length: body.length })
    at += body.copy(bytes, at)
    const flags = FLAG.END_HEADERS | FLAG.END_STREAM
    at = writeHead(bytes, at, { type: FRAME.HEADERS, flags, id, length: trailers.length })
    trailers.copy(bytes, at)
    this.#wire.send(bytes)
    this.#finish()
    return true
  }

  /** The peer has given it up, or is gone. */
  cancel(): void {
    if (this.#ended) return
    this.#ended = true
    this.#waiting = []
    this.#wire.forget(this.id)
    this.user.cancel()
  }

  #pump(): void {
    while (this.#waiting.length > 0) {
      const room = Math.min(this.#window, this.#wire.window)
      if (room <= 0) return
      const [first] = this.#waiting as [Buffer]
      if (first.length <= room) this.#waiting.shift()
      else this.#waiting[0] = first.subarray(room)
      this.#sendData(first.length <= room ? first : first.subarray(0, room))
    }
    if (!this.#trailers || this.#ended) return
    this.#sendHeaders(this.#trailers, FLAG.END_STREAM)
    this.#finish()
  }

  #sendData(part: Buffer): void {
    this.#use(part.length)
    const frames = Math.ceil(part.length / LARGEST_FRAME)
    const bytes = Buffer.allocUnsafe(part.length + frames * FRAME_HEAD)
    let at = 0
    for (let from = 0; from < part.length; from += LARGEST_FRAME) {
      const length = Math.min(LARGEST_FRAME, part.length - from)
      at = writeHead(bytes, at, { type: FRAME.DATA, flags: 0, id: this.id, length })
      at += part.copy(bytes, at, from, from + length)
    }
    this.#wire.send(bytes)
  }

  /** A block that is longer than a frame goes on in CONTINUATIONs: nothing may come between, and one piece lets nothing in. */
  #sendHeaders(block: Buffer, endStream: number): void {
    if (this.#ended) return
    const frames = Math.max(1, Math.ceil(block.length / LARGEST_FRAME))
    const bytes = Buffer.allocUnsafe(block.length + frames * FRAME_HEAD)
    let at = 0
    for (let index = 0; index < frames; index++) {
      const from = index * LARGEST_FRAME
      const length = Math.min(LARGEST_FRAME, block.length - from)
      const type = index === 0 ? FRAME.HEADERS : FRAME.CONTINUATION
      const flags = (index === 0 ? endStream : 0) | (index === frames - 1 ? FLAG.END_HEADERS : 0)
      at = writeHead(bytes, at, { type, flags, id: this.id, length })
      at += block.copy(bytes, at, from, from + length)
    }
    this.#wire.send(bytes)
  }

  #use(bytes: number): void {
    this.#window -= bytes
    this.#wire.use(bytes)
  }

  #finish(): void {
    this.#ended = true
    // RFC 9113, section 8.1: who has answered before all of the request came lets the client stop
    if (!this.#hasAll) this.#wire.reset(this.id, CODE.NO_ERROR)
    this.#wire.forget(this.id)
  }
}
