/** Of an error that a client of Google throws: an HTTP status, a gRPC status, or a text like ECONNRESET where no answer came. */
export function codeOf(error: unknown): unknown {
  return (error as { readonly code?: unknown }).code
}

/** By HTTP: there is no such thing, or it is so new that not all of Google knows it. */
export const NOT_FOUND = 404

const PASSING = new Set([
  'backendError',
  'internalError',
  'jobBackendError',
  'jobInternalError',
  'jobRateLimitExceeded',
  'rateLimitExceeded',
  'stopped',
  'tableUnavailable',
  'timeout',
])

/** Whether what a job of BigQuery or a call failed for may pass by itself, soon (docs: BigQuery, error messages). */
export function mayPassSoon(reason: string): boolean {
  return PASSING.has(reason)
}
