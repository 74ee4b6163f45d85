import { releaseRequest, type AppendRequest } from './append-request.ts'
import type { RowDescriptor } from '../encoder/descriptor.ts'
import type { StorageField } from '../write-schema.ts'

/** A row that BigQuery refused, by its place in the request. */
export interface RefusedRow {
  readonly index: number
  readonly message: string
}

export type AppendResult =
  /** The rows are in the table. */
  | { readonly outcome: 'landed'; readonly updatedFields?: readonly StorageField[] }
  /** Nothing of the request is in the table; these rows are to blame. */
  | { readonly outcome: 'refused_rows'; readonly rows: readonly RefusedRow[] }
  /** Nothing of the request is in the table. */
  | { readonly outcome: 'refused'; readonly code: number; readonly message: string }

/** AppendRowsResponse as the client decodes it. */
interface Response {
  readonly error?: { readonly code?: number | null; readonly message?: string | null } | null
  readonly rowErrors?: readonly { readonly index?: unknown; readonly message?: string | null }[] | null
  readonly updatedSchema?: { readonly fields?: readonly StorageField[] | null } | null
}

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

export interface AppendConnectionOptions {
  readonly writeStream: string
  readonly descriptor: RowDescriptor
  /** How long a request may wait for its answer. */
  readonly timeoutMs: number
}

const TRACE_ID = 'tablestream'

/**
 * One AppendRows call on the default stream, with one writer schema from its first request to its last. Responses come in
 * the order of the requests. When the call ends, everything not answered rejects: whether those rows landed is unknown,
 * and they are sent again (the default stream is at-least-once).
 */
export class AppendConnection {
  readonly #call: AppendCall
  readonly #options: AppendConnectionOptions
  readonly #pending: Pending[] = []
  #first = true
  #failure: Error | undefined
  #stall: NodeJS.Timeout | undefined

  constructor(call: AppendCall, options: AppendConnectionOptions) {
    this.#call = call
    this.#options = options
    call.on('data', (response) => {
      this.#stall?.refresh()
      const answered = this.#pending.shift()
      if (answered) releaseRequest(answered.request)
      answered?.resolve(resultOf(response))
      if (this.#pending.length === 0) this.#disarm()
    })
    call.on('error', (error) => this.#fail(error))
    call.on('end', () => this.#fail(new Error('the append connection was ended by the server')))
  }

  get isOpen(): boolean {
    return this.#failure === undefined
  }

  append(rows: AppendRequest['rows']): Promise<AppendResult> {
    if (this.#failure) return Promise.reject(this.#failure)
    return new Promise((resolve, reject) => {
      const request = this.#request(rows)
      this.#pending.push({ request, resolve, reject })
      this.#stall ??= setTimeout(() => this.#stalled(), this.#options.timeoutMs)
      this.#call.write(request)
    })
  }

  /** Sends nothing more; what is under way is still answered. */
  close(): void {
    this.#call.end()
  }

  #request(rows: AppendRequest['rows']): AppendRequest {
    if (!this.#first) return { rows }
    this.#first = false
    const { writeStream, descriptor } = this.#options
    return { rows, opening: { writeStream, traceId: TRACE_ID, descriptor } }
  }

  /** A connection that answers nothing may be dead without anybody having been told. */
  #stalled(): void {
    this.#fail(new Error(`no answer to an append within ${this.#options.timeoutMs} ms`))
    this.#call.cancel()
  }

  #disarm(): void {
    clearTimeout(this.#stall)
    this.#stall = undefined
  }

  #fail(error: Error): void {
    if (this.#failure) return
    this.#disarm()
    this.#failure = error
    for (const { reject } of this.#pending.splice(0)) reject(error)
  }
}

function resultOf({ error, rowErrors, updatedSchema }: Response): AppendResult {
  if (rowErrors && rowErrors.length > 0) {
    const rows = rowErrors.map(({ index, message }) => ({
      index: Number(index ?? 0),
      message: message ?? '',
    }))
    return { outcome: 'refused_rows', rows }
  }
  if (error) return { outcome: 'refused', code: error.code ?? 2, message: error.message ?? '' }
  const fields = updatedSchema?.fields
  return fields && fields.length > 0 ? { outcome: 'landed', updatedFields: fields } : { outcome: 'landed' }
}
