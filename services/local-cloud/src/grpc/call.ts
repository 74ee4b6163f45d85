import { EventEmitter } from 'node:events'
import { GoogleError, toGoogleError } from '../google-error.ts'
import type { Headers } from './hpack.ts'
import { MessageReader } from './message-reader.ts'
import { ANSWER_HEADERS, failureBlock, OK_TRAILERS, type Failure } from './status.ts'
import type { Stream, StreamUser } from './stream.ts'

export type UnaryHandler<Request, Response> = (
  call: Call<Request, Response>,
  answer: (failure: Failure | null, response?: Response) => void,
) => void

export type StreamHandler<Request, Response> = (call: Call<Request, Response>) => void

/** Of either kind: which one it is says whether the method answers with a stream. */
export type Handler = (call: never, answer: never) => void

/** A method of a service, by its wire. */
export interface Method {
  readonly path: string
  readonly requestStream: boolean
  readonly responseStream: boolean
  readonly read: (bytes: Buffer) => unknown
  readonly write: (response: never) => Uint8Array
  readonly handle: Handler
}

/** A call that is over. */
export interface CallNews {
  readonly path: string
  readonly headers: Headers
  /** gRPC's number; undefined: it was cancelled. */
  readonly code: number | undefined
  /** As `performance.now()` has it. */
  readonly began: number
  readonly requestBytes: number
  readonly responseBytes: number
}

interface Events<Request> {
  /** A message came; before `handle` of methods that take one. */
  data: [Request]
  /** The client has sent all. */
  end: []
  /** There is room again after `write` gave false. */
  drain: []
  /** The client gave it up, or is gone, or its deadline is over. */
  cancelled: []
  /** It is over, however. */
  close: []
}

const PREFIX = 5
const OK = 0
const DEADLINE_EXCEEDED = 4

const MS = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 0.001, n: 0.000001 } as const
const TIMEOUT = /^(\d{1,8})([HMSmun])$/
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** One call of a method: messages in, messages out, a status at the end. */
export class Call<Request, Response> extends EventEmitter<Events<Request>> implements StreamUser {
  /** The only message of a client that sends one. */
  request!: Request
  cancelled = false
  readonly headers: Headers
  readonly #stream: Stream
  readonly #method: Method
  readonly #reader: MessageReader
  readonly #ended: (news: CallNews) => void
  readonly #began = performance.now()
  #hasRequest = false
  #hasHeaders = false
  #isBlocked = false
  #isOver = false
  #requestBytes = 0
  #responseBytes = 0
  #deadline: NodeJS.Timeout | undefined

  constructor(
    stream: Stream,
    headers: Headers,
    {
      method,
      mostBytes,
      ended,
    }: { readonly method: Method; readonly mostBytes: number; readonly ended: (news: CallNews) => void },
  ) {
    super()
    this.headers = headers
    this.#stream = stream
    this.#method = method
    this.#ended = ended
    this.#reader = new MessageReader(mostBytes, headers['grpc-encoding'])
    if (method.requestStream) this.#start()
    const timeout = headers['grpc-timeout']
    // most are over in this turn
    if (timeout !== undefined) setImmediate(() => this.#expireIn(timeout))
  }

  receive(bytes: Buffer, start: number, end: number): void {
    this.#requestBytes += end - start
    if (this.#isOver) return
    try {
      this.#reader.read(bytes, start, end, this.#take)
    } catch (error) {
      this.fail(toGoogleError(error))
    }
  }

  receiveEnd(): void {
    if (this.#isOver) return
    if (this.#method.requestStream) this.#tell('end')
    else if (this.#hasRequest) this.#start()
    else this.fail(new GoogleError('INTERNAL', `${this.#method.path} was sent no message.`))
  }

  resume(): void {
    if (!this.#isBlocked || !this.#stream.isSent) return
    this.#isBlocked = false
    this.#tell('drain')
  }

  cancel(): void {
    if (!this.#isOver) this.#finish(undefined)
  }

  /** @returns whether there is room for more: `drain` tells when there is again */
  write(response: Response): boolean {
    if (this.#isOver) return false
    if (!this.#hasHeaders) this.#stream.writeHeaders(ANSWER_HEADERS)
    this.#hasHeaders = true
    this.#stream.write(this.#framed(response))
    // who was told to wait does so until `drain`, whatever is written meanwhile
    if (!this.#stream.isSent) this.#isBlocked = true
    return !this.#isBlocked
  }

  /** Ends the call without a failure. */
  end(): void {
    if (this.#isOver) return
    if (!this.#hasHeaders) this.#stream.writeHeaders(ANSWER_HEADERS)
    this.#stream.end(OK_TRAILERS)
    this.#finish(OK)
  }

  fail({ code, message, trailers }: Failure): void {
    if (this.#isOver) return
    this.#stream.end(failureBlock({ code, message, trailers }, this.#hasHeaders))
    this.#finish(code)
  }

  readonly #take = (message: Buffer): void => {
    if (this.#isOver) return
    const request = this.#method.read(message) as Request
    if (this.#method.requestStream) {
      this.emit('data', request)
      return
    }
    if (this.#hasRequest)
      throw new GoogleError('INTERNAL', `${this.#method.path} was sent more than one message.`)
    this.#hasRequest = true
    this.request = request
  }

  #start(): void {
    try {
      if (this.#method.responseStream) (this.#method.handle as StreamHandler<Request, Response>)(this)
      else (this.#method.handle as UnaryHandler<Request, Response>)(this, this.#answer)
    } catch (error) {
      this.fail(toGoogleError(error))
    }
  }

  readonly #answer = (failure: Failure | null, response?: Response): void => {
    if (this.#isOver) return
    if (failure) return this.fail(failure)
    let bytes: Buffer
    try {
      bytes = this.#framed(response!)
    } catch (error) {
      return this.fail(toGoogleError(error))
    }
    if (!this.#stream.respond(ANSWER_HEADERS, bytes, OK_TRAILERS)) {
      this.#stream.writeHeaders(ANSWER_HEADERS)
      this.#stream.write(bytes)
      this.#stream.end(OK_TRAILERS)
    }
    return this.#finish(OK)
  }

  /** Whoever listens and fails ends this call, and no other one. */
  #tell(what: 'end' | 'drain'): void {
    try {
      this.emit(what)
    } catch (error) {
      this.fail(toGoogleError(error))
    }
  }

  #framed(response: Response): Buffer {
    const message = this.#method.write(response as never)
    const bytes = Buffer.allocUnsafe(PREFIX + message.length)
    bytes[0] = 0
    bytes.writeUInt32BE(message.length, 1)
    bytes.set(message, PREFIX)
    this.#responseBytes += bytes.length
    return bytes
  }

  #expireIn(timeout: string): void {
    const [, digits, unit] = TIMEOUT.exec(timeout) ?? []
    if (this.#isOver || digits === undefined) return
    const ms = Number(digits) * MS[unit as keyof typeof MS] - (performance.now() - this.#began)
    this.#deadline = setTimeout(
      () => {
        this.fail({ code: DEADLINE_EXCEEDED, message: 'Deadline exceeded' })
        this.cancelled = true
        this.emit('cancelled')
      },
      Math.min(Math.max(0, ms), LONGEST_TIMER_MS),
    ).unref()
  }

  #finish(code: number | undefined): void {
    this.#isOver = true
    clearTimeout(this.#deadline)
    if (code === undefined) {
      this.cancelled = true
      this.emit('cancelled')
    }
    this.emit('close')
    this.#ended({
      path: this.#method.path,
      headers: this.headers,
      code,
      began: this.#began,
      requestBytes: this.#requestBytes,
      responseBytes: this.#responseBytes,
    })
  }
}
