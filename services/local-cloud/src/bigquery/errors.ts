import { GoogleError, type GoogleStatus } from '../google-error.ts'

const STATUS = {
  invalid: 400,
  invalidQuery: 400,
  badRequest: 400,
  required: 400,
  authError: 401,
  accessDenied: 403,
  quotaExceeded: 403,
  bytesBilledLimitExceeded: 400,
  notFound: 404,
  duplicate: 409,
  conditionNotMet: 412,
  resourceInUse: 400,
  resourcesExceeded: 400,
  // of jobs that are ended: by whoever cancels them, and by their own time
  stopped: 400,
  timeout: 400,
  rateLimitExceeded: 403,
  notImplemented: 501,
  internalError: 500,
  backendError: 503,
} as const

export type Reason = keyof typeof STATUS

/** An error in BigQuery's own form: HTTP status, reason, message, and where in the request. */
export class BigQueryError extends Error {
  readonly httpStatus: number
  readonly reason: Reason
  readonly location: string | undefined

  constructor(reason: Reason, message: string, options: ErrorOptions & { location?: string } = {}) {
    super(message, options)
    this.reason = reason
    this.httpStatus = STATUS[reason]
    this.location = options.location
  }

  /** `{error: {code, message, errors: [{domain, reason, message}], status}}`, as every method answers. */
  body(): object {
    return {
      error: {
        code: this.httpStatus,
        message: this.message,
        errors: [this.proto()],
        status: CANONICAL[this.httpStatus] ?? 'INTERNAL',
      },
    }
  }

  /** The ErrorProto that jobs and insertErrors carry. */
  proto(): object {
    return {
      message: this.message,
      domain: 'global',
      reason: this.reason,
      ...(this.location !== undefined && { location: this.location }),
    }
  }
}

const CANONICAL: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ALREADY_EXISTS',
  412: 'FAILED_PRECONDITION',
  501: 'UNIMPLEMENTED',
  503: 'UNAVAILABLE',
}

/** Refuses by name what is not done: nothing is accepted and then ignored. */
export function notImplemented(what: string): BigQueryError {
  return new BigQueryError(
    'notImplemented',
    `local-cloud does not support ${what} (see services/local-cloud/SUPPORT.md)`,
  )
}

/** Whether DuckDB has no memory left. */
export function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('Out of Memory Error')
}

/** What BigQuery says of a query that needs more memory than it gets, or is too deep; undefined for every other error. */
export function asResourcesExceeded(error: unknown): BigQueryError | undefined {
  if (error instanceof RangeError && error.message.includes('call stack'))
    return new BigQueryError(
      'resourcesExceeded',
      'Resources exceeded during query execution: Not enough resources for query planning - too many subqueries or query is too complex.',
      { cause: error },
    )
  for (let each = error; each instanceof Error; each = each.cause)
    if (isOutOfMemory(each))
      return new BigQueryError(
        'resourcesExceeded',
        'Resources exceeded during query execution: The query could not be executed in the allotted memory.',
        { cause: error },
      )
  return undefined
}

export function toBigQueryError(error: unknown): BigQueryError {
  if (error instanceof BigQueryError) return error
  const exceeded = asResourcesExceeded(error)
  if (exceeded) return exceeded
  if (error instanceof GoogleError) return new BigQueryError(reasonOf(error), error.message, { cause: error })
  const message = error instanceof Error ? error.message : String(error)
  return new BigQueryError('internalError', message, { cause: error })
}

// cloud.google.com/bigquery/docs/error-messages
const REASONS: Partial<Record<GoogleStatus, Reason>> = {
  INVALID_ARGUMENT: 'invalid',
  UNAUTHENTICATED: 'authError',
  PERMISSION_DENIED: 'accessDenied',
  NOT_FOUND: 'notFound',
  ALREADY_EXISTS: 'duplicate',
  FAILED_PRECONDITION: 'conditionNotMet',
  RESOURCE_EXHAUSTED: 'rateLimitExceeded',
  INTERNAL: 'internalError',
}

function reasonOf({ status }: GoogleError): Reason {
  return REASONS[status] ?? 'backendError'
}
