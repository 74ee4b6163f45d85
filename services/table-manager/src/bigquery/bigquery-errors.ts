import { mayPassSoon, NOT_FOUND } from '@tablestream/service-kit'

/** What an error of BigQuery's REST API asks us to do. */
export type ErrorKind =
  /** 409: another instance was faster. */
  | 'exists'
  /** 412, or two statements at one time: the table changed since we read it. */
  | 'stale'
  /** 404: the table or its dataset is not there, or is so new that not all of BigQuery knows it. */
  | 'missing'
  /** A quota is used up: the same works later, at a slower pace. */
  | 'quota'
  /** This very change is against a rule of BigQuery: asking again changes nothing. */
  | 'refused'
  /** The request displeases, and whether for good is not certain. */
  | 'objected'
  /** A failure of the service, a grant that is missing or on its way, a broken connection: the same may work later. */
  | 'retry'

interface ApiError {
  readonly code?: unknown
  readonly errors?: readonly { readonly reason?: string }[]
  readonly message?: string
}

const QUOTA = new Set([
  'rateLimitExceeded',
  'userRateLimitExceeded',
  'quotaExceeded',
  'jobRateLimitExceeded',
  'resourcesExceeded',
])

/**
 * The reasons of a 400 that speak of the change itself (docs: BigQuery error messages). Others come with 400 too and pass:
 * `jobBackendError`, `jobInternalError`, `tableUnavailable`, `resourceInUse`, `timeout`.
 */
const FINAL = new Set(['invalid', 'invalidQuery'])
const mayPass = (reason: string) => reason === 'resourceInUse' || mayPassSoon(reason)

/** A statement that met another one on the same table; BigQuery says so by `invalidQuery` (docs: troubleshoot queries). */
const CONCURRENT = /concurrent (update|transaction)|could not serialize access/i

const NO_ERROR_OF_THE_REQUEST = new Set([401, 403, 407, 408, 425])

/** Only what is certainly final is `refused`: whoever is told so asks no more. */
export function classify(error: unknown): ErrorKind {
  const { code, errors = [], message = '' } = error as ApiError
  const reasons = errors.map(({ reason = '' }) => reason)
  if (code === 429 || reasons.some((reason) => QUOTA.has(reason))) return 'quota'
  if (code === 409) return 'exists'
  if (code === 412 || CONCURRENT.test(message)) return 'stale'
  if (code === NOT_FOUND) return 'missing'
  // a network error carries a text like ECONNREFUSED, an answer that did not come nothing
  if (typeof code !== 'number' || code < 400 || code >= 500) return 'retry'
  if (NO_ERROR_OF_THE_REQUEST.has(code) || reasons.some(mayPass)) return 'retry'
  const isFinal = code === 400 && reasons.length > 0 && reasons.every((reason) => FINAL.has(reason))
  return isFinal ? 'refused' : 'objected'
}

/** Whether it is not known what became of a change that failed so: it may be done. */
export function mayBeDone(error: unknown): boolean {
  const { code } = error as ApiError
  return typeof code !== 'number' || code >= 500
}
