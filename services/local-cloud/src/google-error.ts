/** Google's canonical error names, with their gRPC code and HTTP status (google.rpc.Code). */
const CODES = {
  INVALID_ARGUMENT: { grpc: 3, http: 400 },
  DEADLINE_EXCEEDED: { grpc: 4, http: 504 },
  PERMISSION_DENIED: { grpc: 7, http: 403 },
  UNAUTHENTICATED: { grpc: 16, http: 401 },
  NOT_FOUND: { grpc: 5, http: 404 },
  ALREADY_EXISTS: { grpc: 6, http: 409 },
  RESOURCE_EXHAUSTED: { grpc: 8, http: 429 },
  ABORTED: { grpc: 10, http: 409 },
  FAILED_PRECONDITION: { grpc: 9, http: 400 },
  OUT_OF_RANGE: { grpc: 11, http: 400 },
  UNIMPLEMENTED: { grpc: 12, http: 501 },
  INTERNAL: { grpc: 13, http: 500 },
  UNAVAILABLE: { grpc: 14, http: 503 },
} as const

export type GoogleStatus = keyof typeof CODES
export const GOOGLE_STATUSES = Object.keys(CODES) as readonly GoogleStatus[]

/** google.rpc.ErrorInfo: what programs read of an error. */
export interface ErrorInfo {
  readonly reason: string
  readonly domain: string
  readonly metadata: Readonly<Record<string, string>>
}

/** An answer that a caller gets on purpose. Each protocol turns it into its own form. */
export class GoogleError extends Error {
  readonly status: GoogleStatus
  /** gRPC code. */
  readonly code: number
  readonly httpStatus: number
  readonly info: ErrorInfo | undefined

  constructor(status: GoogleStatus, message: string, options?: ErrorOptions & { readonly info?: ErrorInfo }) {
    super(message, options)
    this.info = options?.info
    this.status = status
    this.code = CODES[status].grpc
    this.httpStatus = CODES[status].http
  }
}

/** Whatever was thrown, as an answer: a GoogleError as it is, anything else as INTERNAL with its message. */
export function toGoogleError(error: unknown): GoogleError {
  if (error instanceof GoogleError) return error
  const message = error instanceof Error ? error.message : String(error)
  return new GoogleError('INTERNAL', message, { cause: error })
}

/** Refuses a feature by name: nothing is accepted and then not done. */
export function unsupported(what: string): GoogleError {
  return new GoogleError(
    'UNIMPLEMENTED',
    `local-cloud does not support ${what} (see services/local-cloud/SUPPORT.md)`,
  )
}
