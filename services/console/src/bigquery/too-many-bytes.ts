import createError from '@fastify/error'

const TooManyBytes = createError<[string, { cause: Error }]>(
  'TOO_MANY_BYTES',
  'the query would read more than MAX_BYTES_BILLED lets one read here; a later `since` reads less. BigQuery: %s',
  400,
)

/** The answer to an error: BigQuery's refusal of a query that would read more than it may is one that names the setting. */
export function answerOf(error: Error): Error {
  return isTooManyBytes(error) ? new TooManyBytes(error.message, { cause: error }) : error
}

/** Whether BigQuery refused a query for `maximumBytesBilled` (reason `bytesBilledLimitExceeded`). */
export function isTooManyBytes(error: unknown): boolean {
  const { errors, message } = error as { readonly errors?: unknown; readonly message?: unknown }
  const reasons: unknown[] = Array.isArray(errors) ? errors : []
  return (
    reasons.some((each) => (each as { readonly reason?: unknown }).reason === 'bytesBilledLimitExceeded') ||
    (typeof message === 'string' && message.includes('exceeded limit for bytes billed'))
  )
}
