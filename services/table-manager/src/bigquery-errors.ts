/** What an error of BigQuery's REST API asks us to do. */
export type ErrorKind =
  /** 409: another instance was faster. */
  | 'exists'
  /** 412: the table changed since we read it. */
  | 'stale'
  /** 404: the table or its dataset is not there. */
  | 'missing'
  /** Quota, a failure of the service, a broken connection: the same may work later. */
  | 'retry'
  /** Everything else: asking again changes nothing. */
  | 'refused'

interface ApiError {
  readonly code?: unknown
  readonly errors?: readonly { readonly reason?: string }[]
}

const RETRIED_REASONS = new Set([
  'rateLimitExceeded',
  'quotaExceeded',
  'backendError',
  'internalError',
  'jobRateLimitExceeded',
])

export function classify(error: unknown): ErrorKind {
  const { code, errors } = error as ApiError
  const reasons = errors?.map(({ reason }) => reason ?? '') ?? []
  // a network error carries a text like ECONNREFUSED
  if (typeof code !== 'number') return 'retry'
  if (code === 409) return 'exists'
  if (code === 412) return 'stale'
  if (code === 404) return 'missing'
  if (code === 429 || code >= 500 || reasons.some((reason) => RETRIED_REASONS.has(reason))) return 'retry'
  return 'refused'
}
