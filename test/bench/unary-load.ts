// One gRPC method over one connection, as load tools do it: HTTP/2 frames that are made once. A gRPC client takes more CPU than
// the servers that it would measure.
import net from 'node:net'
import {
  FLAG,
  FRAME,
  frame,
  FRAME_HEAD,
  LARGEST_FRAME,
  numbers,
  PREFACE,
  SETTING,
  settings,
} from '@tablestream/local-cloud/http2-frames'

const DEFAULT_WINDOW = 65_535
const OWN_WINDOW = 1 << 24

interface UnderWay {
  readonly id: number
  /** How much of the request is sent. */
  sent: number
  /** Bytes that the server takes on this stream. */
  window: number
  answer: Buffer | undefined
  readonly resolve: (answer: Buffer) => void
  readonly reject: (error: Error) => void
}

/** Calls with one and the same request. */
export class UnaryLoad {
  readonly #socket: net.Socket
  readonly #request: Buffer
  /** The first call names the headers, the others point to them, as clients of gRPC do. */
  #headers: Buffer
  readonly #laterHeaders: Buffer
  readonly #underWay = new Map<number, UnderWay>()
  /** Whose requests are not sent whole, in their order. */
  #waiting: UnderWay[] = []
  #nextId = 1
  #window = DEFAULT_WINDOW
  #streamWindow = DEFAULT_WINDOW
  #unread: Buffer = Buffer.alloc(0)
  #read = 0
  #closed = false

  constructor(port: number, path: string, message: Buffer) {
    const prefix = Buffer.alloc(5)
    prefix.writeUInt32BE(message.length, 1)
    this.#request = Buffer.concat([prefix, message])
    const { first, later } = headerBlocks(path, `127.0.0.1:${port}`)
    this.#headers = frame(FRAME.HEADERS, FLAG.END_HEADERS, 0, first)
    this.#laterHeaders = frame(FRAME.HEADERS, FLAG.END_HEADERS, 0, later)
    this.#socket = net.connect({ port, host: '127.0.0.1', noDelay: true })
    this.#socket.on('data', (chunk: Buffer) => this.#take(chunk))
    this.#socket.on('error', (error) => this.#end(error))
    this.#socket.on('close', () => this.#end(new Error('the server closed the connection')))
    const window = frame(FRAME.SETTINGS, 0, 0, settings([[SETTING.INITIAL_WINDOW, OWN_WINDOW]]))
    this.#socket.write(Buffer.concat([PREFACE, window, windowUpdate(OWN_WINDOW)]))
  }

  /** @returns the answer's message */
  call(): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const call = {
        id: this.#nextId,
        sent: 0,
        window: this.#streamWindow,
        answer: undefined,
        resolve,
        reject,
      }
      this.#nextId += 2
      this.#underWay.set(call.id, call)
      this.#waiting.push(call)
      this.#send()
    })
  }

  close(): void {
    this.#closed = true
    this.#socket.destroy()
  }

  #send(): void {
    const [first] = this.#waiting
    if (!first) return
    this.#socket.cork()
    process.nextTick(() => this.#socket.uncork())
    this.#waiting = this.#waiting.filter((call) => !this.#sendOf(call))
  }

  /** @returns whether its request is sent whole */
  #sendOf(call: UnderWay): boolean {
    const parts: Buffer[] = []
    const begins = call.sent === 0
    while (call.sent < this.#request.length) {
      const size = Math.min(this.#request.length - call.sent, LARGEST_FRAME, this.#window, call.window)
      if (size <= 0) break
      const part = this.#request.subarray(call.sent, call.sent + size)
      call.sent += size
      call.window -= size
      this.#window -= size
      const flags = call.sent === this.#request.length ? FLAG.END_STREAM : 0
      parts.push(frame(FRAME.DATA, flags, call.id, part))
    }
    if (parts.length === 0) return false
    if (begins) {
      const headers = Buffer.from(this.#headers)
      headers.writeUInt32BE(call.id, 5)
      parts.unshift(headers)
      this.#headers = this.#laterHeaders
    }
    this.#socket.write(parts.length === 1 ? parts[0]! : Buffer.concat(parts))
    return call.sent === this.#request.length
  }

  #take(chunk: Buffer): void {
    let bytes = this.#unread.length > 0 ? Buffer.concat([this.#unread, chunk]) : chunk
    while (bytes.length >= FRAME_HEAD) {
      const length = bytes.readUIntBE(0, 3)
      if (bytes.length < FRAME_HEAD + length) break
      const end = FRAME_HEAD + length
      this.#frame(bytes[3]!, bytes[4]!, bytes.readUInt32BE(5), bytes.subarray(FRAME_HEAD, end))
      bytes = bytes.subarray(end)
    }
    this.#unread = bytes
  }

  #frame(type: number, flags: number, id: number, payload: Buffer): void {
    const isAck = (flags & FLAG.ACK) !== 0
    if (type === FRAME.DATA) this.#data(id, payload)
    else if (type === FRAME.SETTINGS && !isAck) this.#settings(payload)
    else if (type === FRAME.PING && !isAck) this.#socket.write(frame(FRAME.PING, FLAG.ACK, 0, payload))
    else if (type === FRAME.WINDOW_UPDATE) this.#widen(id, payload.readUInt32BE())
    else if (type === FRAME.GOAWAY) this.#end(new Error('the server said goodbye'))
    else if (type === FRAME.RST_STREAM)
      this.#answered(id, `the server reset it with ${payload.readUInt32BE()}`)
    if ((type === FRAME.DATA || type === FRAME.HEADERS) && (flags & FLAG.END_STREAM) !== 0)
      this.#answered(id, 'the server refused it')
  }

  #data(id: number, payload: Buffer): void {
    const call = this.#underWay.get(id)
    if (call) call.answer = call.answer ? Buffer.concat([call.answer, payload]) : payload
    this.#read += payload.length
    if (this.#read < OWN_WINDOW / 2) return
    this.#socket.write(windowUpdate(this.#read))
    this.#read = 0
  }

  #settings(payload: Buffer): void {
    for (let at = 0; at < payload.length; at += 6) {
      if (payload.readUInt16BE(at) !== SETTING.INITIAL_WINDOW) continue
      const before = this.#streamWindow
      this.#streamWindow = payload.readUInt32BE(at + 2)
      for (const call of this.#underWay.values()) call.window += this.#streamWindow - before
    }
    this.#socket.write(frame(FRAME.SETTINGS, FLAG.ACK, 0, Buffer.alloc(0)))
    this.#send()
  }

  #widen(id: number, bytes: number): void {
    if (id === 0) this.#window += bytes
    else {
      const call = this.#underWay.get(id)
      if (call) call.window += bytes
    }
    this.#send()
  }

  /** An answer without a message is a refusal, whose reason stands in its headers. */
  #answered(id: number, otherwise: string): void {
    const call = this.#underWay.get(id)
    this.#underWay.delete(id)
    if (call?.answer) call.resolve(call.answer.subarray(5))
    else call?.reject(new Error(otherwise))
  }

  #end(why: Error): void {
    if (this.#closed) return
    this.#closed = true
    this.#socket.destroy()
    for (const { reject } of this.#underWay.values()) reject(why)
    this.#underWay.clear()
  }
}

const windowUpdate = (size: number): Buffer => frame(FRAME.WINDOW_UPDATE, 0, 0, numbers(size))

// HPACK (RFC 7541): what its table has from the start, and what each connection adds
const POST = 0x83
const HTTP = 0x86
const FIRST_OF_OWN = 62
const ADDED = 0x40
const INDEXED = 0x80

function headerBlocks(path: string, authority: string): { readonly first: Buffer; readonly later: Buffer } {
  const own = Object.entries({
    ':path': path,
    ':authority': authority,
    'content-type': 'application/grpc',
    te: 'trailers',
    'user-agent': 'load',
    'grpc-accept-encoding': 'identity',
  })
  const added = own.map(([name, value]) =>
    Buffer.concat([Buffer.of(ADDED), hpackText(name), hpackText(value)]),
  )
  const known = own.map((_, index) => INDEXED | (FIRST_OF_OWN + own.length - 1 - index))
  return {
    first: Buffer.concat([Buffer.of(POST, HTTP), ...added]),
    later: Buffer.of(POST, HTTP, ...known),
  }
}

function hpackText(text: string): Buffer {
  return Buffer.concat([Buffer.of(text.length), Buffer.from(text, 'latin1')])
}
