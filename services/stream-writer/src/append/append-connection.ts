import { readAnswer, type AppendResult, type Response } from './append-answer.ts'
import { releaseRequest, type AppendRequest, type Destination } from './append-request.ts'

/** The bidirectional call of AppendRows. */
export interface AppendCall {
  write(request: AppendRequest): boolean
  end(): void
  cancel(): void
  on(event: 'data', listener: (response: Response) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'end', listener: () => void): unknown
}

interface Pending {
  readonly request: AppendRequest
  readonly resolve: (result: AppendResult) => void
  readonly reject: (error: Error) => void
}

/** The connection ended with an earlier request: nothing is said of this one, which may have landed or not. */
export class EndedByAnotherError extends Error {
  constructor(cause: Error) {
    super(`the append connection ended with an earlier request: ${cause.message}`, { cause })
  }
}

/**
 * One AppendRows call on default streams. Responses come in the order of the requests. When the call ends, everything not
 * answered rejects, with the error itself only for the oldest: it is the one that the server was at. Whether those rows landed
 * is unknown, and they are sent again (the default stream is at-least-once).
 *
 * Several tables may share it: a request says where to and in which form whenever that is not what the one before said, and
 * names its stream always once there was a second one (storage.proto, AppendRowsRequest.write_stream).
 */
export class AppendConnection {
  readonly #call: AppendCall
  readonly #timeoutMs: number
  readonly #pending: Pending[] = []
  #last: Destination | undefined
  #hasSeveral = false
  #failure: Error | undefined
  #timer: NodeJS.Timeout | undefined
  #closing = false

  /** @param timeoutMs how long a request may wait for its answer */
  constructor(call: AppendCall, timeoutMs: number) {
    this.#call = call
    this.#timeoutMs = timeoutMs
    call.on('data', (response) => this.#answered(response))
    call.on('error', (error) => this.#fail(error))
    call.on('end', () => this.#fail(new Error('the append connection was ended by the server')))
  }

  get isOpen(): boolean {
    return this.#failure === undefined && !this.#closing
  }

  append(rows: AppendRequest['rows'], destination: Destination): Promise<AppendResult> {
    if (this.#failure) return Promise.reject(this.#failure)
    return new Promise((resolve, reject) => {
      const request = this.#request(rows, destination)
      this.#pending.push({ request, resolve, reject })
      this.#timer ??= setTimeout(() => this.#stalled(), this.#timeoutMs)
      this.#call.write(request)
    })
  }

  /** Sends nothing more; what is under way is still answered. A call that the server does not end then is cancelled. */
  close(): void {
    if (this.#closing || this.#failure) return
    this.#closing = true
    this.#call.end()
    this.#timer ??= setTimeout(() => this.#stalled(), this.#timeoutMs)
    if (this.#pending.length === 0) this.#timer.unref()
  }

  #request(rows: AppendRequest['rows'], destination: Destination): AppendRequest {
    const last = this.#last
    const isSame = last === destination
    this.#last = destination
    if (last !== undefined && last.writeStream !== destination.writeStream) this.#hasSeveral = true
    return { rows, destination, named: !isSame || this.#hasSeveral, withSchema: !isSame }
  }

  #answered(response: Response): void {
    const answered = this.#pending.shift()
    if (answered) {
      releaseRequest(answered.request)
      answered.resolve(readAnswer(response))
    }
    if (this.#pending.length > 0 || this.#closing) this.#timer?.refresh()
    else this.#disarm()
  }

  /** A connection that answers nothing may be dead without anybody having been told. */
  #stalled(): void {
    this.#fail(new Error(`no answer to an append within ${this.#timeoutMs} ms`))
    this.#call.cancel()
  }

  #disarm(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #fail(error: Error): void {
    if (this.#failure) return
    this.#disarm()
    this.#failure = error
    const [first, ...others] = this.#pending.splice(0)
    first?.reject(error)
    for (const { reject } of others) reject(new EndedByAnotherError(error))
  }
}
