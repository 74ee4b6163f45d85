import type net from 'node:net'
import {
  CODE,
  ConnectionError,
  FLAG,
  FRAME,
  FRAME_HEAD,
  frame,
  LARGEST_WINDOW,
  numbers,
  ofBytes,
  readSettings,
  SETTING,
  settings,
  tooLarge,
} from './frames.ts'
import { FrameReader, type FrameUser } from './frame-reader.ts'
import type { HeaderBlock } from './header-blocks.ts'
import { HeaderReader, MOST_HEADER_BYTES, type Headers } from './hpack.ts'
import { Outlet } from './outlet.ts'
import { Stream, type StreamUser, type Wire } from './stream.ts'

export interface ConnectionOptions {
  readonly mostStreams: number
  /** When the peer is told to go (GOAWAY), in milliseconds, and how long its streams may go on after that. */
  readonly ageMs: number
  readonly graceMs: number
  /** A request has begun. @param headers undefined: they have more bytes than anybody takes */
  readonly open: (stream: Stream, headers: Headers | undefined) => StreamUser
}

/** What a peer may send on a stream before it hears that it was read; 64 KiB, the default, halves what one can carry. */
const STREAM_WINDOW = 4 << 20
const CONNECTION_WINDOW = 16 << 20
const DEFAULT_WINDOW = 65_535
const ID_BITS = 0x7fffffff

const OPENING = Buffer.concat([
  frame(
    FRAME.SETTINGS,
    0,
    0,
    settings([
      [SETTING.MOST_STREAMS, 0],
      [SETTING.INITIAL_WINDOW, STREAM_WINDOW],
      [SETTING.MOST_HEADER_BYTES, MOST_HEADER_BYTES],
    ]),
  ),
  frame(FRAME.WINDOW_UPDATE, 0, 0, numbers(CONNECTION_WINDOW - DEFAULT_WINDOW)),
])
/** RFC 7541, sections 4.2 and 6.3: who is told of a smaller table begins its next headers with the size that it keeps. */
const NO_TABLE = Buffer.of(0x20)
const TABLE_BYTES = 4096
const SETTINGS_ACK = frame(FRAME.SETTINGS, FLAG.ACK, 0, Buffer.alloc(0))
const LAST_PING = Buffer.from('lastping')

/** The server's side of one HTTP/2 connection (RFC 9113) that carries requests of gRPC: no push, no priorities. */
export class Connection implements Wire, FrameUser {
  readonly #socket: net.Socket
  readonly #options: ConnectionOptions
  readonly #frames = new FrameReader(this)
  readonly #out: Outlet
  readonly #headers = new HeaderReader()
  readonly #streams = new Map<number, Stream>()
  #lastId = 0
  /** Streams above it are not taken. */
  #mostId = ID_BITS
  #unannounced = 0
  /** Bytes that the peer takes. */
  #window = DEFAULT_WINDOW
  #peerStreamWindow = DEFAULT_WINDOW
  /** The peer keeps a smaller table of headers than there is at first, and has not heard yet that it is not used. */
  #hasSmallTable = false
  #ended = false
  readonly #age: NodeJS.Timeout
  #grace: NodeJS.Timeout | undefined

  constructor(socket: net.Socket, options: ConnectionOptions) {
    this.#socket = socket
    this.#options = options
    this.#out = new Outlet(socket, () => this.#resume())
    // give or take a tenth: connections that began together do not end together
    this.#age = setTimeout(() => this.#goAway(), options.ageMs * (0.9 + Math.random() / 5)).unref()
    const opening = Buffer.from(OPENING)
    opening.writeUInt32BE(options.mostStreams, FRAME_HEAD + 2)
    this.send(opening)
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('end', () => this.#end())
    socket.on('close', () => this.#end())
    // what was read before somebody listened
    socket.resume()
  }

  get window(): number {
    return this.#out.isFull ? 0 : this.#window
  }

  use(bytes: number): void {
    this.#window -= bytes
  }

  send(frames: Buffer): void {
    this.#out.send(frames)
  }

  headers(block: Buffer): Buffer {
    if (!this.#hasSmallTable) return block
    this.#hasSmallTable = false
    return Buffer.concat([NO_TABLE, block])
  }

  forget(id: number): void {
    this.#streams.delete(id)
    if (this.#mostId !== ID_BITS && this.#streams.size === 0) this.#close()
  }

  reset(id: number, code: number): void {
    this.send(frame(FRAME.RST_STREAM, 0, id, numbers(code)))
  }

  destroy(): void {
    this.#socket.destroy()
    this.#end()
  }

  #receive(chunk: Buffer): void {
    if (this.#ended) return
    try {
      this.#frames.read(chunk)
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error
      this.#sendGoAway(this.#lastId, error.code, error.message)
      this.#close()
    }
  }

  takeData(id: number, length: number, ends: boolean): Stream | undefined {
    if (id === 0 || id > this.#lastId) throw new ConnectionError(CODE.PROTOCOL_ERROR, 'DATA of no stream')
    this.#unannounced += length
    if (this.#unannounced > CONNECTION_WINDOW)
      throw new ConnectionError(CODE.FLOW_CONTROL_ERROR, 'more DATA than the window takes')
    // what is read is out of the way: nobody who answers here lets a peer wait
    if (this.#unannounced > CONNECTION_WINDOW / 4) {
      this.send(frame(FRAME.WINDOW_UPDATE, 0, 0, numbers(this.#unannounced)))
      this.#unannounced = 0
    }
    const stream = this.#streams.get(id)
    if (stream && !stream.takes(length)) this.#breakOff(stream, CODE.STREAM_CLOSED)
    if (stream && !ends) this.#widen(stream, length)
    return stream
  }

  #widen(stream: Stream, length: number): void {
    const bytes = stream.toAnnounce(length, STREAM_WINDOW / 4)
    if (bytes > 0) this.send(frame(FRAME.WINDOW_UPDATE, 0, stream.id, numbers(bytes)))
  }

  takeFrame(type: number, flags: number, id: number, payload: Buffer): void {
    if (type === FRAME.WINDOW_UPDATE) this.#windowUpdate(id, payload)
    else if (type === FRAME.SETTINGS) this.#settings(flags, payload)
    else if (type === FRAME.PING) this.#ping(flags, payload)
    else if (type === FRAME.RST_STREAM) this.#streams.get(id)?.cancel()
    else if (type === FRAME.GOAWAY) this.#mostId = this.#lastId
    else if (type === FRAME.PUSH_PROMISE)
      throw new ConnectionError(CODE.PROTOCOL_ERROR, 'a client promises nothing')
    // PRIORITY, and kinds that nobody knows, are read over
  }

  takeHeaders({ id, ends, bytes }: HeaderBlock): void {
    let headers: Headers | undefined
    try {
      headers = this.#headers.read(bytes)
    } catch (error) {
      throw new ConnectionError(CODE.COMPRESSION_ERROR, (error as Error).message)
    }
    // a second block are trailers, which gRPC has none of
    if (id > this.#lastId) this.#open(id, headers)
    if (ends) this.#streams.get(id)?.receiveEnd()
  }

  #open(id: number, headers: Headers | undefined): void {
    this.#lastId = id
    if (id > this.#mostId || this.#streams.size >= this.#options.mostStreams)
      return this.reset(id, CODE.REFUSED_STREAM)
    const stream = new Stream(this, id, this.#peerStreamWindow, STREAM_WINDOW)
    this.#streams.set(id, stream)
    stream.user = this.#options.open(stream, headers)
    return undefined
  }

  #windowUpdate(id: number, payload: Buffer): void {
    const bytes = ofBytes(payload, 4).readUInt32BE() & ID_BITS
    if (id > this.#lastId || (id === 0 && bytes === 0))
      throw new ConnectionError(CODE.PROTOCOL_ERROR, 'a window of no stream, or one that stays')
    const stream = this.#streams.get(id)
    if (id === 0) {
      this.#window += bytes
      if (this.#window > LARGEST_WINDOW) throw tooLarge()
      this.#resume()
    } else if (stream && bytes === 0) this.#breakOff(stream, CODE.PROTOCOL_ERROR)
    else if (stream?.widen(bytes) === false) this.#breakOff(stream, CODE.FLOW_CONTROL_ERROR)
  }

  /** A stream breaks the rules: it ends, and the others go on. */
  #breakOff(stream: Stream, code: number): void {
    this.reset(stream.id, code)
    stream.cancel()
  }

  #settings(flags: number, payload: Buffer): void {
    if ((flags & FLAG.ACK) !== 0) return
    let window = this.#peerStreamWindow
    for (const [setting, value] of readSettings(payload)) {
      if (setting === SETTING.TABLE_SIZE && value < TABLE_BYTES) this.#hasSmallTable = true
      if (setting === SETTING.INITIAL_WINDOW) window = value
    }
    // before anything that goes by them: until then the peer holds to what was
    this.send(SETTINGS_ACK)
    const more = window - this.#peerStreamWindow
    this.#peerStreamWindow = window
    if (more === 0) return
    for (const stream of Array.from(this.#streams.values())) if (!stream.widen(more)) throw tooLarge()
  }

  #ping(flags: number, payload: Buffer): void {
    ofBytes(payload, 8)
    if ((flags & FLAG.ACK) === 0) this.send(frame(FRAME.PING, FLAG.ACK, 0, payload))
    else if (LAST_PING.equals(payload)) this.#takeNoMore()
  }

  /** There is room again. Who takes of it is the last one to be asked the next time. */
  #resume(): void {
    let firstServed: Stream | undefined
    for (const [id, stream] of this.#streams) {
      const window = this.window
      // who was served is behind all others: the round is over
      if (window <= 0 || stream === firstServed) return
      stream.resume()
      if (this.window === window || !this.#streams.delete(id)) continue
      this.#streams.set(id, stream)
      firstServed ??= stream
    }
  }

  #goAway(): void {
    this.#grace = setTimeout(() => this.destroy(), this.#options.graceMs).unref()
    // RFC 9113, section 6.8: requests that are on their way are taken; when the ping is back there are no more of them
    this.#sendGoAway(ID_BITS, CODE.NO_ERROR, 'max_age')
    this.send(frame(FRAME.PING, 0, 0, LAST_PING))
  }

  #takeNoMore(): void {
    if (this.#mostId !== ID_BITS) return
    this.#mostId = this.#lastId
    this.#sendGoAway(this.#lastId, CODE.NO_ERROR, 'max_age')
    if (this.#streams.size === 0) this.#close()
  }

  #sendGoAway(id: number, code: number, why: string): void {
    this.send(frame(FRAME.GOAWAY, 0, 0, Buffer.concat([numbers(id, code), Buffer.from(why)])))
  }

  /** Says what there is to say, and then no more. */
  #close(): void {
    this.#end()
    this.#out.end()
  }

  #end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#frames.end()
    clearTimeout(this.#age)
    clearTimeout(this.#grace)
    for (const stream of this.#streams.values()) stream.cancel()
    this.#streams.clear()
  }
}
