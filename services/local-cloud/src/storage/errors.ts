const STATUS = {
  invalid: 400,
  invalidParameter: 400,
  required: 400,
  badRequest: 400,
  authError: 401,
  forbidden: 403,
  objectUnderActiveHold: 403,
  notFound: 404,
  conflict: 409,
  gone: 410,
  conditionNotMet: 412,
  requestedRangeNotSatisfiable: 416,
  rateLimitExceeded: 429,
  clientClosedRequest: 499,
  internalError: 500,
  notImplemented: 501,
  backendError: 503,
} as const

export type StorageReason = keyof typeof STATUS

/** An error in the form of the JSON API: HTTP status, reason, message, and where in the request. */
export class StorageError extends Error {
  readonly httpStatus: number
  readonly reason: StorageReason
  readonly location: string | undefined

  constructor(reason: StorageReason, message: string, options: ErrorOptions & { location?: string } = {}) {
    super(message, options)
    this.reason = reason
    this.httpStatus = STATUS[reason]
    this.location = options.location
  }

  /** `{error: {code, message, errors: [{message, domain, reason}]}}` (cloud.google.com/storage/docs/json_api/v1/status-codes). */
  body(): object {
    const { httpStatus: code, message, reason, location } = this
    const place = location === undefined ? {} : { locationType: 'parameter', location }
    return { error: { code, message, errors: [{ message, domain: 'global', reason, ...place }] } }
  }
}

/** Refuses by name what is not done: nothing is accepted and then ignored. */
export function notSupported(what: string): StorageError {
  return new StorageError(
    'notImplemented',
    `local-cloud does not support ${what} (see services/local-cloud/SUPPORT.md)`,
  )
}

export function noSuchObject(bucket: string, name: string): StorageError {
  return new StorageError('notFound', `No such object: ${bucket}/${name}`)
}

export function noSuchBucket(): StorageError {
  return new StorageError('notFound', 'The specified bucket does not exist.')
}
